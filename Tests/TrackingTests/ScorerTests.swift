import Kernel
import Ledger
import TestSupport
import Testing

@testable import Tracking

@Suite("A scorer")
struct ScorerTests {
    /// Scorers where the gateway has one endpoint, `judge`, whose id is `e-1`.
    private func service(_ fixture: TrackingFixture) -> ScorerService {
        ScorerService(
            database: fixture.database,
            activities: fixture.activities,
            endpoints: ScorerEndpoints(
                find: { name, _ in
                    guard name == "judge" else { throw MartletError(.resourceDoesNotExist, "no endpoint \(name)") }
                    return "e-1"
                },
                names: { ids, _ in ids.contains("e-1") ? ["e-1": "judge"] : [:] },
                bind: { _, _, _ in }
            ),
            clock: fixture.clock.clock
        )
    }

    @Test("has versions, which come and go", arguments: DatabaseBackend.allCases)
    func life(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let scorers = service(fixture)
            let home = try await fixture.experiment()
            let one = try await scorers.register("s", #"{"name": "a"}"#, in: home, by: .local)
            let two = try await scorers.register("s", #"{"name": "b"}"#, in: home, by: .local)
            _ = try await scorers.register("r", "{}", in: home, by: .local)
            #expect(one.version == 1 && two.version == 2 && one.scorerID == two.scorerID)
            #expect(try await scorers.scorers(in: home).map(\.name) == ["r", "s"])
            #expect(try await scorers.versions(of: "s", in: home).map(\.version) == [1, 2])
            #expect(try await scorers.scorer("s", version: nil, in: home).definition == #"{"name": "b"}"#)
            #expect(try await scorers.scorer("s", version: 1, in: home).definition == #"{"name": "a"}"#)
            try await scorers.delete("s", version: 1, in: home, by: .local)
            #expect(try await scorers.versions(of: "s", in: home).map(\.version) == [2])
            await expectRefusal(
                .resourceDoesNotExist,
                "Scorer with name 's' and version 1 not found for experiment \(home)."
            ) {
                try await scorers.scorer("s", version: 1, in: home)
            }
            try await scorers.delete("s", version: nil, in: home, by: .local)
            await expectRefusal(.resourceDoesNotExist, "Scorer with name 's' not found for experiment \(home).") {
                try await scorers.versions(of: "s", in: home)
            }
            #expect(try await scorers.scorers(in: home).map(\.name) == ["r"])
            let actions = try await fixture.actions()
            #expect(actions.suffix(3) == ["scorer.registered", "scorer.deleted", "scorer.deleted"])
        }
    }

    @Test("gets the numbers of its versions one by one, however many come at once", arguments: DatabaseBackend.allCases)
    func concurrent(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let scorers = service(fixture)
            let home = try await fixture.experiment()
            _ = try await scorers.register("s", "{}", in: home, by: .local)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { _ = try await scorers.register("s", "{}", in: home, by: .local) } }
                try await group.waitForAll()
            }
            #expect(try await scorers.versions(of: "s", in: home).map(\.version) == [1, 2, 3, 4, 5, 6, 7])
        }
    }

    @Test("is listed with those of other experiments that are active", arguments: DatabaseBackend.allCases)
    func across(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let scorers = service(fixture)
            var homes: [ExperimentID] = []
            for name in ["one", "two", "gone"] {
                let home = try await fixture.experiment(name)
                _ = try await scorers.register("of \(name)", "{}", in: home, by: .local)
                homes.append(home)
            }
            try await fixture.tracking.deleteExperiment(homes[2], by: .local)
            #expect(try await scorers.scorers(across: nil).map(\.name) == ["of one", "of two"])
            #expect(try await scorers.scorers(across: [homes[1], homes[2]]).map(\.name) == ["of two"])
            #expect(try await scorers.scorers(across: []).isEmpty)
            await expectRefusal(.invalidParameterValue, "The experiment \(homes[2]) must be in the 'active' state.") {
                try await scorers.register("s", "{}", in: homes[2], by: .local)
            }
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=99 exists") {
                try await scorers.scorers(in: ExperimentID(number: 99))
            }
        }
    }

    @Test("that carries code, or a place to send keys to, is refused")
    func dangers() async throws {
        try await withTracking(.sqlite) { fixture in
            let scorers = service(fixture)
            let home = try await fixture.experiment()
            for (definition, message) in [
                ("nonsense", "serialized_scorer must be valid JSON"),
                ("[]", "serialized_scorer must be valid JSON"),
                (#"{"call_source": "import os"}"#, "Custom scorers"),
                (#"{"ensemble_scorer_data": {"scorers": [{"call_source": "x"}]}}"#, "Custom scorers"),
                (
                    #"{"third_party_scorer_data": {"kwargs": {"a": [{"api_base": "x"}]}}}"#,
                    "third_party_scorer_data.kwargs must not contain api_base"
                ),
                (
                    #"{"memory": [{"third_party_scorer_data": {"kwargs": {"a": [["base_url", "x"]]}}}]}"#,
                    "third_party_scorer_data.kwargs must not contain base_url"
                ),
                (
                    #"{"third_party_scorer_data": {"kwargs": 1}}"#,
                    "third_party_scorer_data.kwargs must be a JSON object"
                ),
                (#"{"builtin_scorer_pydantic_data": {"model": 1}}"#, "Scorer model must be a string"),
                (#"{"builtin_scorer_pydantic_data": {"model": " "}}"#, "Scorer model cannot be empty"),
                (#"{"a": ""# + String(repeating: "x", count: 256 << 10) + #""}"#, "serialized_scorer is longer than"),
            ] {
                await expectRefusal(.invalidParameterValue, message) {
                    try await scorers.register("s", definition, in: home, by: .local)
                }
            }
            for name in [" ", String(repeating: "n", count: 257)] {
                await expectRefusal(.invalidParameterValue, "Scorer name ") {
                    try await scorers.register(name, "{}", in: home, by: .local)
                }
            }
            _ = try await scorers.register("s", #"{"call_source": null}"#, in: home, by: .local)
        }
    }

    @Test(
        "names its judge where MLflow looks for it",
        arguments: [
            (#"{"instructions_judge_pydantic_data":{"model":"gateway:/judge"}}"#, "judge"),
            (#"{"builtin_scorer_pydantic_data":{"model":"gateway:/judge"}}"#, "judge"),
            (
                #"{"memory_augmented_judge_data":{"base_judge":{"builtin_scorer_pydantic_data":{"model":"gateway:/judge"}}}}"#,
                "judge"
            ),
            (#"{"third_party_scorer_data":{"model":"gateway://judge"}}"#, "judge"),
            (
                #"{"instructions_judge_pydantic_data":{},"builtin_scorer_pydantic_data":{"model":"gateway:/judge"}}"#,
                "judge"
            ),
            (#"{"instructions_judge_pydantic_data":{"model":"openai:/judge"}}"#, nil),
            (#"{"instructions_judge_pydantic_data":{"model":"gateway:/"}}"#, nil),
            (#"{"memory_augmented_judge_data":{"base_judge":1}}"#, nil),
            (#"{"model":"gateway:/judge"}"#, nil),
            ("{}", nil),
        ] as [(String, String?)]
    )
    func judge(text: String, endpoint: String?) throws {
        let definition = try ScorerDefinition(text)
        #expect(definition.endpoint == endpoint)
        guard endpoint != nil else { return }
        let renamed = try ScorerDefinition(definition.text(naming: "other"))
        #expect(renamed.endpoint == "other")
        let left = try ScorerDefinition(definition.text(naming: nil))
        #expect(left.endpoint == nil && left.model == nil)
    }
}
