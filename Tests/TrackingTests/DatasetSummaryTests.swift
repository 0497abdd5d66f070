import Kernel
import TestSupport
import Testing
import Tracking

@Suite("The datasets of experiments")
struct DatasetSummaryTests {
    private func input(_ name: String, _ tags: [String: String]) -> DatasetInput {
        DatasetInput(
            name: name,
            digest: "d",
            sourceType: "local",
            source: "{}",
            schema: nil,
            profile: nil,
            tags: tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) }
        )
    }

    @Test("are listed once for each use", arguments: DatabaseBackend.allCases)
    func summaries(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let (home, other) = (try await fixture.experiment("home"), try await fixture.experiment("other"))
            let context = "mlflow.data.context"
            for (run, tags) in [
                ("a", [context: "training"]), ("b", [context: "training", "more": "x"]), ("c", [context: "test"]),
                ("d", [:]),
            ] {
                let id = try await fixture.run(run, in: home)
                try await tracking.logInputs(datasets: [input("set", tags)], models: [], to: id)
            }
            let stranger = try await fixture.run("e", in: other)
            try await tracking.logInputs(datasets: [input("strange", [:])], models: [], to: stranger)
            let found = try await tracking.datasets(in: [home])
            #expect(Set(found.map(\.context)) == ["training", "test", nil] && found.count == 3)
            #expect(found.allSatisfy { $0.name == "set" && $0.digest == "d" && $0.experimentID == home })
            #expect(try await tracking.datasets(in: [home, other]).count == 4)
            #expect(try await tracking.datasets(in: []).isEmpty)
        }
    }
}
