import Database
import Gateway
import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("A scorer whose judge is an endpoint of the gateway")
struct ScorerEndpointTests {
    private static func judge(_ model: String, _ instructions: String = "Is it so?") -> String {
        let data: JSON = ["model": .string(model), "instructions": .string(instructions)]
        return JSON.object(["name": "s", "instructions_judge_pydantic_data": data]).text
    }

    private func model(_ scorer: ScorerVersion) throws -> JSON? {
        try JSON.parse(scorer.definition.utf8).objectValue?["instructions_judge_pydantic_data"]?.objectValue?["model"]
    }

    @Test(
        "follows the endpoint when that is renamed, and has no judge when it is deleted",
        arguments: DatabaseBackend.allCases
    )
    func follows(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let home = try await world.tracking.createExperiment(named: "e", by: .local)
            let endpoint = try await world.endpoint("one")
            let made = try await world.scorers.register("s", Self.judge("gateway:/one"), in: home, by: .local)
            #expect(try model(made) == "gateway:/one")
            let uses = try await world.gateway.bindings(of: endpoint.id, to: nil, nil)
            #expect(uses.map(\.resourceID) == [made.scorerID] && uses.first?.displayName == "s")
            var change = GatewayEndpointChange()
            change.name = "two"
            _ = try await world.gateway.updateEndpoint(endpoint.id, change, by: .local)
            #expect(try model(try await world.scorers.scorer("s", version: nil, in: home)) == "gateway:/two")
            #expect(try await world.scorers.scorers(in: home).map(model) == ["gateway:/two"])
            try await world.gateway.deleteEndpoint(endpoint.id, by: .local)
            #expect(try await world.scorers.versions(of: "s", in: home).map(model) == [.null])
        }
    }

    @Test("is refused when there is no such endpoint", arguments: DatabaseBackend.allCases)
    func missing(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let home = try await world.tracking.createExperiment(named: "e", by: .local)
            await expectRefusal(.resourceDoesNotExist, "GatewayEndpoint not found (name='nope')") {
                try await world.scorers.register("s", Self.judge("gateway:/nope"), in: home, by: .local)
            }
            #expect(try await world.scorers.scorers(in: home).isEmpty)
        }
    }

    @Test("may judge what comes in, as it was said last", arguments: DatabaseBackend.allCases)
    func online(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let scorers = world.scorers
            let home = try await world.tracking.createExperiment(named: "e", by: .local)
            _ = try await world.endpoint("one")
            let id = try await scorers.register("s", Self.judge("gateway:/one"), in: home, by: .local).scorerID
            for (rate, filter) in [(0.5, nil), (0.8, "status = 'OK'")] as [(Double, String?)] {
                let said = try await scorers.setOnlineScoring(
                    of: "s",
                    in: home,
                    sampleRate: rate,
                    filter: filter,
                    by: .local
                )
                #expect(said.scorerID == id && said.sampleRate == rate && said.filter == filter)
            }
            let kept = try await scorers.onlineScoring(of: [id, "nobody"])
            #expect(kept.map(\.sampleRate) == [0.8] && kept.first?.filter == "status = 'OK'")
            #expect(kept.first?.experimentID == home)
            try await scorers.delete("s", version: nil, in: home, by: .local)
            #expect(try await scorers.onlineScoring(of: [id]).isEmpty)
            #expect(try await world.gateway.bindings(of: nil, to: nil, nil).isEmpty)
        }
    }

    @Test("may not judge what comes in without an endpoint, or when it asks for what is expected")
    func notOnline() async throws {
        try await withGateway(.sqlite) { world in
            let scorers = world.scorers
            let home = try await world.tracking.createExperiment(named: "e", by: .local)
            _ = try await world.endpoint("one")
            _ = try await scorers.register("direct", Self.judge("openai:/gpt-4"), in: home, by: .local)
            let asks = Self.judge("gateway:/one", "{{ outputs }} as in {{expectations}}?")
            _ = try await scorers.register("asks", asks, in: home, by: .local)
            for (name, rate, message) in [
                ("direct", 0.5, "Scorer 'direct' does not use a gateway model."),
                ("asks", 0.5, "Scorer 'asks' requires expectations"),
                ("asks", 1.5, "sample_rate must be between 0.0 and 1.0, got 1.5"),
                ("asks", .nan, "sample_rate must be between 0.0 and 1.0"),
            ] {
                await expectRefusal(.invalidParameterValue, message) {
                    try await scorers.setOnlineScoring(of: name, in: home, sampleRate: rate, filter: nil, by: .local)
                }
            }
            _ = try await scorers.setOnlineScoring(of: "direct", in: home, sampleRate: 0, filter: nil, by: .local)
        }
    }

    @Test("goes with its experiment when that is removed for good", arguments: DatabaseBackend.allCases)
    func purge(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let home = try await world.tracking.createExperiment(named: "e", by: .local)
            _ = try await world.endpoint("one")
            _ = try await world.scorers.register("s", Self.judge("gateway:/one"), in: home, by: .local)
            _ = try await world.scorers.setOnlineScoring(of: "s", in: home, sampleRate: 1, filter: nil, by: .local)
            try await world.tracking.deleteExperiment(home, by: .local)
            await expectRefusal(.invalidParameterValue, "The experiment \(home) must be in the 'active' state.") {
                try await world.scorers.scorers(in: home)
            }
            #expect(try await world.scorers.scorers(across: nil).isEmpty)
            try await world.purgeExperiments()
            for table in [
                "SELECT COUNT(*) FROM scorers", "SELECT COUNT(*) FROM scorer_versions",
                "SELECT COUNT(*) FROM online_scoring", "SELECT COUNT(*) FROM gateway_bindings",
            ] as [SQLText] {
                #expect(try await world.count(table) == 0, "\(table.text)")
            }
        }
    }
}
