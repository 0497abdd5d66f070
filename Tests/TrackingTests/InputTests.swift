import Kernel
import TestSupport
import Testing
import Tracking

@Suite("What a run used and made")
struct InputTests {
    @Test("is noted once, as it was the first time", arguments: DatabaseBackend.allCases)
    func datasets(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment()
            let first = try await fixture.run("a", in: experiment)
            let second = try await fixture.run("b", in: experiment)
            try await fixture.tracking.logInputs(datasets: [.sample("iris", source: "one")], models: [], to: first)
            let again: [DatasetInput] = [
                .sample("iris", context: "test", source: "two"), .sample("iris", digest: "d2"),
            ]
            for run in [first, second] { try await fixture.tracking.logInputs(datasets: again, models: [], to: run) }
            let inputs = try await fixture.tracking.runDetails(first).datasetInputs
            #expect(inputs.map(\.digest) == ["d1", "d2"])
            #expect(inputs.first?.source == "one")
            #expect(inputs.first?.tags == [Tag(key: "mlflow.data.context", value: "train")])
            // The dataset belongs to the experiment, its use to the run.
            let other = try await fixture.tracking.runDetails(second).datasetInputs
            #expect(other.first?.source == "one" && other.first?.tags.first?.value == "test")
        }
    }

    @Test("stays in the order in which it was noted", arguments: DatabaseBackend.allCases)
    func order(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let run = try await fixture.run()
            try await fixture.tracking.logInputs(datasets: [.sample("z"), .sample("b")], models: [], to: run)
            try await fixture.tracking.logInputs(datasets: [.sample("b"), .sample("a")], models: [], to: run)
            let inputs = try await fixture.tracking.runDetails(run).datasetInputs
            #expect(inputs.map(\.name) == ["z", "b", "a"])
        }
    }

    @Test("keeps schema, profile and tags as they came", arguments: DatabaseBackend.allCases)
    func content(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let run = try await fixture.run()
            let tags = [Tag(key: "z", value: "\"quoted\"\n"), Tag(key: "a", value: "")]
            let input = DatasetInput(
                name: "iris",
                digest: "d",
                sourceType: "http",
                source: "{\"url\": \"x\"}",
                schema: "{}",
                profile: "[1]",
                tags: tags
            )
            try await fixture.tracking.logInputs(datasets: [input], models: [], to: run)
            let noted = try #require(try await fixture.tracking.runDetails(run).datasetInputs.first)
            #expect(noted.sourceType == "http" && noted.source == input.source)
            #expect(noted.schema == "{}" && noted.profile == "[1]" && noted.tags == tags)
        }
    }

    @Test("has bounds", arguments: [("name", 501, 1), ("digest", 1, 37)])
    func bounds(field: String, name: Int, digest: Int) async throws {
        try await withTracking(.sqlite) { fixture in
            let run = try await fixture.run()
            let input = DatasetInput.sample(
                String(repeating: "n", count: name),
                digest: String(repeating: "d", count: digest)
            )
            await expectRefusal(.invalidParameterValue, "Dataset \(field) exceeds the maximum length of") {
                try await fixture.tracking.logInputs(datasets: [.sample("good"), input], models: [], to: run)
            }
            #expect(try await fixture.tracking.runDetails(run).datasetInputs.isEmpty)
        }
    }

    @Test("names models apart as used and as made", arguments: DatabaseBackend.allCases)
    func models(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let run = try await fixture.run()
            let model = LoggedModelID("m-1")
            for _ in 0..<2 {
                try await fixture.tracking.logInputs(datasets: [], models: [model, LoggedModelID("m-0")], to: run)
                try await fixture.tracking.logOutputs([ModelOutput(modelID: model, step: 3)], to: run)
            }
            let details = try await fixture.tracking.runDetails(run)
            #expect(details.modelInputs.map(\.text) == ["m-0", "m-1"])
            #expect(details.modelOutputs == [ModelOutput(modelID: model, step: 3)])
        }
    }
}
