import Kernel
import TestSupport
import Testing

@testable import Gateway

@Suite("The models of an endpoint are asked")
struct GatewayPlanTests {
    private static func link(
        _ name: String,
        _ kind: GatewayLink.Kind,
        weight: Double = 1,
        order: Int64? = nil
    ) -> GatewayLink {
        let time = Timestamp(milliseconds: 0)
        let model = GatewayModel(
            id: name,
            name: name,
            secretID: nil,
            secretName: nil,
            provider: "openai",
            modelName: name,
            history: GatewayHistory(at: time, by: nil)
        )
        return GatewayLink(
            id: name,
            endpointID: "e",
            model: model,
            kind: kind,
            weight: weight,
            fallbackOrder: order,
            createdAt: time,
            createdBy: nil
        )
    }

    private static func endpoint(_ links: [GatewayLink], isSplit: Bool = false, attempts: Int64? = nil)
        -> GatewayEndpoint
    {
        GatewayEndpoint(
            id: "e",
            name: "e",
            links: links,
            routing: isSplit ? .trafficSplit : nil,
            fallback: .init(attemptsMax: attempts),
            experimentID: nil,
            tracksUsage: false,
            history: GatewayHistory(at: Timestamp(milliseconds: 0), by: nil)
        )
    }

    private static let shared = [
        link("a", .primary, weight: 1), link("none", .primary, weight: 0), link("b", .primary, weight: 3),
    ]

    @Test(
        "by chance in relation to their weights where requests are shared",
        arguments: [(0, "a"), (0.24, "a"), (0.26, "b"), (0.999_999_999, "b")]
    )
    func weights(chance: Double, first: String) {
        #expect(
            GatewayPlan.models(of: Self.endpoint(Self.shared, isSplit: true), chance: chance).map(\.name) == [first]
        )
        #expect(GatewayPlan.models(of: Self.endpoint(Self.shared), chance: chance).map(\.name) == ["a"])
    }

    @Test("one after the other when they fail, in the order that was said and as many as was said")
    func fallbacks() {
        let links = [
            Self.link("x", .fallback), Self.link("a", .primary), Self.link("second", .fallback, order: 1),
            Self.link("first", .fallback, order: 0), Self.link("y", .fallback),
        ]
        let all = ["a", "first", "second", "x", "y"]
        #expect(GatewayPlan.models(of: Self.endpoint(links), chance: 0).map(\.name) == all)
        #expect(
            GatewayPlan.models(of: Self.endpoint(links, attempts: 2), chance: 0).map(\.name) == Array(all.prefix(3))
        )
        var plain = Self.endpoint(links)
        plain.fallback = nil
        #expect(GatewayPlan.models(of: plain, chance: 0).map(\.name) == ["a"])
        #expect(GatewayPlan.models(of: Self.endpoint([links[0]]), chance: 0).isEmpty)
    }

    @Test("what they can answer, with their own name as the model")
    func questions() throws {
        let chat = try GatewayQuestion(["messages": [], "model": "endpoint"])
        #expect(chat.path == "/chat/completions")
        #expect(chat.text(asking: "gpt-4") == #"{"messages":[],"model":"gpt-4"}"#)
        #expect(try GatewayQuestion(["input": "x"]).path == "/embeddings")
        #expect(throws: MartletError.self) { try GatewayQuestion(["prompt": "x"]) }
        let error = #expect(throws: MartletError.self) { try GatewayQuestion(["messages": [], "stream": true]) }
        #expect(error?.code == .notImplemented)
    }
}
