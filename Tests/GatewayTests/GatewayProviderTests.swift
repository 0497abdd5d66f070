import Gateway
import Kernel
import Ledger
import Synchronization
import TestSupport
import Testing

@Suite("A call of the gateway whose providers fail", .timeLimit(.minutes(1)))
struct GatewayProviderTests {
    private static let key = "sk-0123456789-of-a-test"

    /// An endpoint of models at `url`, the first of them primary and the others for when it fails.
    private func endpoint(_ gateway: GatewayService, at url: String, models: Int, key: String = key) async throws {
        var new = NewGatewaySecret(name: "key", values: ["api_key": key])
        new.settings = ["api_base": url]
        let secret = try await gateway.createSecret(new, by: .local)
        var links: [NewGatewayLink] = []
        for number in 0..<models {
            let new = NewGatewayModel(
                name: "m\(number)",
                secretID: secret.id,
                provider: "openai",
                modelName: "\(number)"
            )
            let model = try await gateway.createModel(new, by: .local)
            links.append(NewGatewayLink(modelID: model.id, kind: number == 0 ? .primary : .fallback))
        }
        var change = GatewayEndpointChange()
        change.name = "endpoint"
        change.links = links
        change.tracksUsage = false
        _ = try await gateway.createEndpoint(change, by: .local)
    }

    private func question() throws -> GatewayQuestion {
        try GatewayQuestion(["messages": .array([])])
    }

    @Test("ends in the time of one, though all its models stall, and asks the second too")
    func stalling() async throws {
        try await withGateway(.sqlite) { world in
            let asked = Mutex(0)
            try await withScriptedServer({ _ in
                asked.withLock { $0 += 1 }
                try await Task.sleep(for: .seconds(60))
                return .hangUp
            }) { url in
                let gateway = world.localGateway(answerSecondsMax: 4)
                try await endpoint(gateway, at: url, models: 2)
                let started = ContinuousClock.now
                let question = try question()
                let error = await #expect(throws: MartletError.self) { try await gateway.ask("endpoint", question) }
                #expect(error?.code == .deadlineExceeded)
                #expect(started.duration(to: .now) < .seconds(7))
                #expect(asked.withLock { $0 } == 2)
            }
        }
    }

    @Test("is told what the provider refuses, without the key that it may repeat")
    func echo() async throws {
        try await withGateway(.sqlite) { world in
            let text = #"{"error": {"message": "bad request by \#(Self.key), twice \#(Self.key)"}}"#
            try await withScriptedServer({ _ in ScriptedAnswer(400, text: text) }) { url in
                let gateway = world.localGateway()
                try await endpoint(gateway, at: url, models: 1)
                let question = try question()
                let error = await #expect(throws: MartletError.self) { try await gateway.ask("endpoint", question) }
                #expect(error?.message == "The provider of 'm0' refuses: bad request by sk-...test, twice sk-...test")
            }
        }
    }
}
