import Gateway
import Kernel
import Ledger
import TestSupport
import Testing

@Suite("An endpoint of the gateway is asked", .timeLimit(.minutes(2)))
struct GatewayCallTests {
    /// The name of an endpoint whose model is at `address`.
    private static func endpoint(at address: String, of gateway: GatewayService) async throws -> String {
        var new = NewGatewaySecret(name: "key", values: ["api_key": "sk-0123456789"])
        new.provider = "openai"
        new.settings = ["api_base": address]
        let secret = try await gateway.createSecret(new, by: .local)
        let model = NewGatewayModel(name: "model", secretID: secret.id, provider: "openai", modelName: "gpt-4")
        var change = GatewayEndpointChange()
        change.name = "endpoint"
        change.links = [NewGatewayLink(modelID: try await gateway.createModel(model, by: .local).id, kind: .primary)]
        change.tracksUsage = false
        return try await gateway.createEndpoint(change, by: .local).name
    }

    @Test("by so many at once, and by others when these have their answers")
    func bound() async throws {
        let (arrived, arrivals) = AsyncStream.makeStream(of: Void.self)
        let hold = Hold()
        try await withScriptedServer({ _ in
            arrivals.yield()
            await hold.wait()
            return ScriptedAnswer(200, text: "{}")
        }) { address in
            try await withGateway(.sqlite) { world in
                let gateway = world.localGateway()
                let name = try await Self.endpoint(at: address, of: gateway)
                let question = try GatewayQuestion(["input": "text"])
                try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<64 { group.addTask { try await gateway.ask(name, question) } }
                    for await _ in arrived.prefix(64) {}
                    await expectRefusal(.requestLimitExceeded, "64 calls of the gateway go on. Ask again later.") {
                        try await gateway.ask(name, question)
                    }
                    await hold.open()
                    for try await answer in group { #expect(answer == "{}") }
                }
                #expect(try await gateway.ask(name, question) == "{}")
            }
        }
    }
}
