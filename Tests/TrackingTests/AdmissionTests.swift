import Database
import Kernel
import TestSupport
import Testing

@testable import Tracking

@Suite("What comes from another tracking server keeps its ids and times")
struct AdmissionTests {
    private static let run = RunID("0123456789abcdef0123456789abcdef")

    private func experiment(_ number: Int64, _ name: String) -> Experiment {
        Experiment(
            admitted: ExperimentID(number: number),
            name: name,
            artifactLocation: "mlflow-artifacts:/\(number)",
            isActive: true,
            createdAt: Timestamp(milliseconds: 11),
            updatedAt: Timestamp(milliseconds: 12)
        )
    }

    @Test("Experiments keep their numbers, and the next one gets a higher one", arguments: DatabaseBackend.allCases)
    func experiments(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { world in
            let experiments = [experiment(41, "old"), experiment(7, "older")]
            for _ in 0..<2 {
                try await world.database.write { try world.tracking.admit(experiments, on: $0) }
            }
            let found = try await world.tracking.experiment(named: "old")
            #expect(found.id.number == 41)
            #expect(found.createdAt.milliseconds == 11)
            #expect(try await world.experiment("new").number == 42)
        }
    }

    @Test("The default experiment becomes the other's until it is used", arguments: DatabaseBackend.allCases)
    func defaultExperiment(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { world in
            try await world.tracking.createDefaultExperiment()
            let renamed = [experiment(0, "renamed"), experiment(3, "Default")]
            try await world.database.write { try world.tracking.admit(renamed, on: $0) }
            #expect(try await world.tracking.experiment(ExperimentID(number: 0)).name == "renamed")
            #expect(try await world.tracking.experiment(ExperimentID(number: 3)).name == "Default")
            let again = [experiment(0, "once more")]
            try await world.database.write { try world.tracking.admit(again, on: $0) }
            #expect(try await world.tracking.experiment(ExperimentID(number: 0)).name == "renamed")
        }
    }

    @Test("A run comes with what it carries, and coming again changes nothing", arguments: DatabaseBackend.allCases)
    func runs(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { world in
            var run = AdmittedRun(
                id: Self.run,
                experimentID: ExperimentID(number: 5),
                artifactURI: "s3://bucket/run"
            )
            run.status = .failed
            run.startedAt = Timestamp(milliseconds: 20)
            run.deletedAt = Timestamp(milliseconds: 30)
            let points = [Double.nan, 0, -1].map { value in
                Owned(Self.run, Metric(key: "m", value: value, timestamp: Timestamp(milliseconds: 4), step: 2))
            }
            let nobody = Owned(RunID("none"), Param(key: "p", value: "lost"))
            for value in ["first", "second"] {
                let param = Owned(Self.run, Param(key: "p", value: value))
                try await world.database.write { [run] connection in
                    try world.tracking.admit([experiment(5, "e")], on: connection)
                    try world.tracking.admit([run], on: connection)
                    try world.tracking.admit([param, nobody], on: connection)
                    try world.tracking.admit(points, on: connection)
                    try world.tracking.admitLatest([points[0]], on: connection)
                }
            }
            let details = try await world.tracking.runDetails(Self.run)
            #expect(!details.run.isActive)
            #expect(details.run.status == .failed)
            #expect(details.params == [Param(key: "p", value: "first")])
            #expect(details.metrics.map(\.value.isNaN) == [true])
            let history = try await world.tracking.metricHistory(Self.run, key: "m", limit: 10, page: nil)
            #expect(history.items.count == 3)
        }
    }
    @Test("A point is written once, in whatever company it comes again", arguments: DatabaseBackend.allCases)
    func pointsAgain(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { world in
            let run = AdmittedRun(id: Self.run, experimentID: ExperimentID(number: 5), artifactURI: "s3://bucket/run")
            func points(_ steps: some Sequence<Int64>) -> [Owned<RunID, Metric>] {
                let values: [Double] = [.nan, 0, -0.0, 0.5]
                return steps.map { step in
                    let (value, time) = (values[Int(step) % values.count], Timestamp(milliseconds: 1))
                    return Owned(Self.run, Metric(key: "m", value: value, timestamp: time, step: step))
                }
            }
            try await world.database.write { connection in
                try world.tracking.admit([experiment(5, "e")], on: connection)
                try world.tracking.admit([run], on: connection)
            }
            // Alone, together, with one more in front of all, and with one more behind.
            for part in [points([7]), points(0..<100), points([101]), points(0..<102)] {
                try await world.database.write { try world.tracking.admit(part, on: $0) }
            }
            let history = try await world.tracking.metricHistory(Self.run, key: "m", limit: 1000, page: nil)
            #expect(history.items.map(\.step) == Array(0..<102))
            let written = try await world.database.read { connection in
                let number = try #require(try RunStore.find(Self.run, on: connection)).number
                let all = try MetricHistory(of: number, key: "m", on: connection)
                return try all?.points(.min ... .max).count
            }
            #expect(written == 102)
        }
    }

    @Test("Two spellings of a key are two keys", arguments: DatabaseBackend.allCases)
    func spellings(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { world in
            let run = AdmittedRun(id: Self.run, experimentID: ExperimentID(number: 5), artifactURI: "s3://bucket/run")
            try await world.database.write { connection in
                try world.tracking.admit([experiment(5, "e")], on: connection)
                try world.tracking.admit([run], on: connection)
            }
            let points = ["\u{2126}", "\u{03A9}"].enumerated().flatMap { place, key in
                (0..<3).map { Owned(Self.run, Metric.sample(key, Double(place), step: $0)) }
            }
            for _ in 0..<2 { try await world.database.write { try world.tracking.admit(points, on: $0) } }
            let found = try await world.tracking.runDetails(Self.run).metrics
            #expect(found.map { "\($0.key.utf8.count) \($0.value)" }.sorted() == ["2 1.0", "3 0.0"])
            for (key, value) in [("\u{2126}", 0.0), ("\u{03A9}", 1.0)] {
                let history = try await world.tracking.metricHistory(Self.run, key: key, limit: 10, page: nil)
                #expect(history.items.map(\.value) == [value, value, value])
            }
        }
    }

    @Test("What came from what is drawn as it is for what is logged here", arguments: DatabaseBackend.allCases)
    func lineage(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { world in
            let new = AdmittedRun(id: Self.run, experimentID: ExperimentID(number: 5), artifactURI: "s3://bucket/run")
            var made = AdmittedLoggedModel(
                id: LoggedModelID("m-made"),
                experimentID: ExperimentID(number: 5),
                name: "m",
                artifactURI: "s3://bucket/m"
            )
            made.sourceRunID = Self.run
            let links = [true, false].map { isOutput in
                let id = LoggedModelID(isOutput ? "m-out" : "m-in")
                return ModelLink(isOutput: isOutput, output: ModelOutput(modelID: id, step: 0))
            }
            try await world.database.write { [made] connection in
                try world.tracking.admit([experiment(5, "e")], on: connection)
                try world.tracking.admit([new], on: connection)
                try world.tracking.admit([made], on: connection)
                let inputs = [
                    Owned(Self.run, DatasetInput.sample("iris")), Owned(RunID("none"), DatasetInput.sample("lost")),
                ]
                try world.tracking.admit(inputs, on: connection)
                try world.tracking.admit(links.map { Owned(Self.run, $0) }, on: connection)
                try world.tracking.admit([Owned(RunID("none"), links[0])], on: connection)
            }
            let run = Self.run.text
            let admitted = try await world.edges()
            #expect(
                admitted == [
                    "dataset_version iris/d1 used_by run \(run)", "logged_model m-in used_by run \(run)",
                    "run \(run) made logged_model m-made", "run \(run) made logged_model m-out",
                ]
            )
            let logged = try await world.run()
            try await world.tracking.logInputs(datasets: [.sample("iris")], models: [LoggedModelID("m-in")], to: logged)
            try await world.tracking.logOutputs([links[0].output], to: logged)
            let here = try await world.edges().filter { $0.contains(logged.text) }
            #expect(
                here == [
                    "dataset_version iris/d1 used_by run \(logged)", "logged_model m-in used_by run \(logged)",
                    "run \(logged) made logged_model m-out",
                ]
            )
        }
    }

    @Test("What another server let in is let in, whatever the rules are here", arguments: DatabaseBackend.allCases)
    func rules(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { world in
            let run = AdmittedRun(id: Self.run, experimentID: ExperimentID(number: 5), artifactURI: "s3://bucket/run")
            let odd = Metric(key: "a//b;", value: 1, timestamp: Timestamp(milliseconds: -1), step: 0)
            try await world.database.write { connection in
                try world.tracking.admit([experiment(5, "e")], on: connection)
                try world.tracking.admit([run], on: connection)
                try world.tracking.admit([Owned(Self.run, odd)], on: connection)
            }
            let details = try await world.tracking.runDetails(Self.run)
            #expect(details.metrics.map(\.key) == ["a//b;"])
        }
    }
}
