import Artifacts
import Kernel
import Ledger
import ObjectStore
import Registry
import TestSupport
import Testing
import Tracking

@Suite("Removing traces for good")
struct TracePurgeTests {
    private static func trace(_ id: String, in home: ExperimentID, _ world: RegistryWorld) async throws -> Trace {
        var trace = Trace(id: TraceID(id), of: home, at: world.clock.now(), state: .ok)
        trace.tags = [Tag(key: "k", value: "v")]
        trace.metadata = trace.tags
        trace.assessments = [Assessment("good", .init(.feedback, ["value": true]), by: .init(.human, id: nil))]
        let kept = try await world.tracking.putTrace(trace)
        try await world.upload("spans of \(id)", at: folder(of: kept) + "/traces.json")
        return kept
    }

    private static func folder(of trace: Trace) -> String {
        trace.tags.first { $0.key == "mlflow.artifactLocation" }?.value ?? ""
    }

    @Test("takes those of a deleted experiment with their files, and no others", arguments: DatabaseBackend.allCases)
    func experiments(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let tracking = world.tracking
            let home = try await tracking.createExperiment(named: "home", by: world.actor)
            let other = try await tracking.createExperiment(named: "other", by: world.actor)
            let kept = try await Self.trace("kept", in: other, world)
            let before = try await world.rowCounts()
            var gone: [Trace] = []
            // More than a page.
            for number in 100..<203 { gone.append(try await Self.trace("t\(number)", in: home, world)) }
            let run = try await tracking.createRun(NewRun(experimentID: home), by: world.actor).run
            try await tracking.linkTraces(gone.prefix(3).map(\.id), to: run.id)
            try await tracking.deleteExperiment(home, by: world.actor)

            var narrowed = world.everything
            (narrowed.runIDs, narrowed.experimentIDs, narrowed.loggedModelIDs) = ([], [other], [])
            #expect(try await world.purge(narrowed).gone.isEmpty)
            let said = try await world.purge(by: nil)
            let all = ["run \(run.id)"] + gone.map { "trace \($0.id)" } + ["experiment \(home)"]
            #expect(said.gone == all && said.kept.isEmpty)
            #expect(try await tracking.trace(gone[0].id).experimentID == home)

            #expect(try await world.purge().gone == all)
            try await world.removeFiles()
            #expect(try await world.rowCounts() == before)
            #expect(try await !world.exists(Self.folder(of: gone[0]) + "/traces.json"))
            #expect(try await world.exists(Self.folder(of: kept) + "/traces.json"))
            let told = try await world.trace(of: Subject("experiment", "\(home)"))
            #expect(
                told.suffix(3).dropLast() == [
                    #"experiment.traces_purged {"traces":100}"#, #"experiment.traces_purged {"traces":3}"#,
                ]
            )
        }
    }

    @Test("keeps one in whose folder another experiment is, and its experiment", arguments: DatabaseBackend.allCases)
    func folders(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let home = try await world.tracking.createExperiment(named: "home", by: world.actor)
            let trace = try await Self.trace("t", in: home, world)
            let place = Self.folder(of: trace) + "/nested"
            let inside = try await world.tracking.createExperiment(named: "inside", at: place, by: world.actor)
            try await world.tracking.deleteExperiment(home, by: world.actor)
            let outcome = try await world.purge()
            #expect(outcome.gone.isEmpty)
            #expect(
                outcome.kept == [
                    "trace t: experiment \(inside) keeps its artifacts in it",
                    "experiment \(home): trace t of it is kept",
                ]
            )
        }
    }

    /// An id without a prefix is that of a trace of MLflow 2, and could be a run's.
    @Test(
        "finds the files of one that was deleted, of those that were recorded",
        arguments: DatabaseBackend.allCases,
        ["tr-", ""]
    )
    func orphans(backend: DatabaseBackend, prefix: String) async throws {
        try await withRegistry(backend) { world in
            let home = try await world.tracking.createExperiment(named: "home", by: world.actor)
            let ids = ["ab", "ef"].map { prefix + String(repeating: $0, count: 16) }
            let traces = [try await Self.trace(ids[0], in: home, world), try await Self.trace(ids[1], in: home, world)]
            let which = try TraceDeletion(ids: [traces[0].id], until: nil, max: nil)
            #expect(try await world.tracking.deleteTraces(which, in: home, by: world.actor) == 1)
            let folders = try ids.map { try #require(OwnedFolder(of: "\(home)/traces/\($0)/artifacts/traces.json")) }
            let other = "tr-" + String(repeating: "ab", count: 16)
            #expect(OwnedFolder(of: "\(home)/elsewhere/\(other)/artifacts/traces.json") == nil)
            let found = try await world.tracking.purgeOrphans(folders, world.rules, isDone: true)
            #expect(found.purged.map(\.id.text) == ["\(home)/traces/\(ids[0])/artifacts"])
            try await world.removeFiles()
            #expect(try await !world.exists(Self.folder(of: traces[0]) + "/traces.json"))
            #expect(try await world.exists(Self.folder(of: traces[1]) + "/traces.json"))
        }
    }
}
