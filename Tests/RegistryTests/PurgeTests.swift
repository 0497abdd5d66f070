import Artifacts
import Database
import Kernel
import Ledger
import ObjectStore
import Registry
import TestSupport
import Testing
import Tracking

@Suite("Removing for good")
struct PurgeTests {
    private static let dataset = DatasetInput(
        name: "rows",
        digest: "d1",
        sourceType: "code",
        source: "{}",
        schema: nil,
        profile: nil,
        tags: []
    )

    /// A run with something in each table, and files.
    private func fullRun(_ world: RegistryWorld) async throws -> Run {
        let run = try await world.makeRun()
        let time = Timestamp(milliseconds: 1)
        let points = (0..<3).map { Metric(key: "loss", value: Double($0), timestamp: time, step: Int64($0)) }
        let alone = Metric(key: "alone", value: .nan, timestamp: time, step: 0)
        try await world.tracking.log(
            RunBatch(
                metrics: points + [alone],
                params: [Param(key: "p", value: "1")],
                tags: [Tag(key: "t", value: "1")]
            ),
            to: run.id
        )
        try await world.tracking.logInputs(datasets: [Self.dataset], models: [], to: run.id)
        try await world.upload("file of \(run.id)", at: run.artifactURI + "/a/b.txt")
        return run
    }

    /// More points than are removed at once.
    private func addPoints(to run: Run, _ world: RegistryWorld) async throws {
        _ = try await world.database.write { connection in
            try connection.execute(
                """
                INSERT INTO metric_points (run_number, key_id, step, timestamp, value, is_nan)
                WITH RECURSIVE n(i) AS (SELECT CAST(10 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
                SELECT r.run_number, k.key_id, n.i, 1, 0.5, 0 FROM n, runs r, metric_keys k
                WHERE r.run_id = $1 AND k.key = 'loss'
                """,
                [.text(run.id.text)]
            )
        }
    }

    @Test(
        "takes a deleted run with all that it carries, and its files, and nothing of another",
        arguments: DatabaseBackend.allCases
    )
    func wholeRun(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let kept = try await fullRun(world)
            let before = try await world.rowCounts()
            let gone = try await fullRun(world)
            try await addPoints(to: gone, world)
            let model = try await world.makeLoggedModel(by: gone)
            try await world.upload("weights", at: model.artifactURI + "/model.bin")
            try await world.tracking.logOutputs([ModelOutput(modelID: model.id, step: 1)], to: gone.id)
            try await world.tracking.deleteRun(gone.id, by: world.actor)
            try await world.tracking.deleteLoggedModel(model.id)

            let said = try await world.purge(by: nil)
            #expect(said.gone == ["logged_model \(model.id)", "run \(gone.id)"])
            #expect(try await world.tracking.run(gone.id).isActive == false)

            let done = try await world.purge()
            #expect(done.gone == said.gone)
            #expect(done.kept.isEmpty)
            // The rows went first; the files are still to go, and noted.
            #expect(try await world.exists(gone.artifactURI + "/a/b.txt"))
            try await world.removeFiles()
            #expect(try await world.rowCounts() == before)
            #expect(try await !world.exists("mlflow-artifacts:/0/\(gone.id)"))
            #expect(try await !world.exists("mlflow-artifacts:/0/models/\(model.id)"))
            #expect(try await world.exists(kept.artifactURI + "/a/b.txt"))
            #expect(try await world.tracking.runDetails(kept.id).params.count == 1)
            #expect(
                try await world.trace(of: Subject("run", gone.id.text)).last
                    == #"run.purged {"metrics":2,"name":"\#(gone.name)","params":1,"tags":2}"#
            )
            #expect(
                try await world.trace(of: Subject("artifact", "0/\(gone.id)/artifacts"))
                    == [#"artifact.purged {"bytes":\#(40),"files":1}"#]
            )
            #expect(try await world.purge().gone.isEmpty)
        }
    }

    @Test("leaves what was deleted later than asked, and what is not named", arguments: DatabaseBackend.allCases)
    func selection(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let (old, young) = (try await world.makeRun(), try await world.makeRun())
            try await world.tracking.deleteRun(old.id, by: world.actor)
            let between = world.clock.now()
            world.clock.advance(byMilliseconds: 1)
            try await world.tracking.deleteRun(young.id, by: world.actor)
            #expect(try await world.purge(PurgeSelection(deletedUntil: between)).gone == ["run \(old.id)"])
            var named = world.everything
            (named.runIDs, named.experimentIDs, named.loggedModelIDs) = ([], [], [])
            #expect(try await world.purge(named).gone.isEmpty)
            named.runIDs = [young.id, old.id]
            #expect(try await world.tracking.checkPurge(named).map(\.text) == [old.id.text])
            #expect(try await world.purge(named).gone == ["run \(young.id)"])
            let active = try await world.makeRun()
            named.runIDs = [active.id]
            let told = await refusal { _ = try await world.tracking.checkPurge(named) }
            #expect(told.hasPrefix("INVALID_PARAMETER_VALUE: Run \(active.id) is not in the deleted stage."))
            #expect(try await world.purge(named).gone.isEmpty)
        }
    }

    @Test("keeps what a version comes from, until the version is deleted", arguments: DatabaseBackend.allCases)
    func versions(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let byRun = try await fullRun(world)
            let byModel = try await world.makeRun()
            let model = try await world.makeLoggedModel(by: byModel)
            try await world.upload("weights", at: model.artifactURI + "/model.bin")
            try await world.makeModel("m")
            try await world.makeVersion("m", source: byRun.artifactURI + "/a", runID: byRun.id)
            try await world.makeVersion("m", source: "models:/\(model.id)", loggedModelID: model.id)
            _ = try await world.database.write { connection in
                try InUseStore.add(ModelVersion.subject("m", 1), heldBy: Subject("endpoint", "churn"), on: connection)
            }
            for run in [byRun, byModel] { try await world.tracking.deleteRun(run.id, by: world.actor) }
            try await world.tracking.deleteLoggedModel(model.id)
            let first = try await world.purge()
            #expect(first.gone.isEmpty)
            #expect(
                first.kept == [
                    "logged_model \(model.id): model version m/2 comes from it",
                    "run \(byRun.id): model version m/1, which endpoint 'churn' uses, comes from it",
                    "run \(byModel.id): model version m/2 comes from it",
                ]
            )
            try await world.registry.deleteVersion("m", 2, by: world.actor)
            #expect(try await world.purge().gone == ["logged_model \(model.id)", "run \(byModel.id)"])
            try await world.removeFiles()
            #expect(try await world.exists(byRun.artifactURI + "/a/b.txt"))
        }
    }

    @Test("keeps files that a version has, whatever the version says of its run", arguments: DatabaseBackend.allCases)
    func files(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await fullRun(world)
            try await world.makeModel("m")
            try await world.makeVersion("m", source: run.artifactURI + "/a", runID: run.id)
            try await world.makeVersion("m", source: run.artifactURI + "/none", runID: run.id)
            // As an import or an older release may have left them.
            _ = try await world.database.write { try $0.execute("UPDATE model_versions SET run_id = ''") }
            try await world.tracking.deleteRun(run.id, by: world.actor)
            #expect(try await world.purge().kept == ["run \(run.id): model version m/1 has files in it"])
            try await world.registry.deleteVersion("m", 1, by: world.actor)
            // Files that were not there when it was registered may have come since.
            #expect(try await world.purge().kept == ["run \(run.id): model version m/2 has files in it"])
            let above: SQLText = "UPDATE model_versions SET is_deleted = 0, artifact_folder = '0' WHERE number = 1"
            _ = try await world.database.write { try $0.execute(above) }
            try await world.registry.deleteVersion("m", 2, by: world.actor)
            #expect(try await world.purge().gone == ["run \(run.id)"])
        }
    }

    @Test("keeps the parent of an active run, and the experiment of a kept one", arguments: DatabaseBackend.allCases)
    func parents(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let (parent, child) = (try await world.makeRun(), try await world.makeRun())
            try await world.tracking.setTag(Tag(key: "mlflow.parentRunId", value: parent.id.text), on: child.id)
            try await world.tracking.deleteRun(parent.id, by: world.actor)
            #expect(try await world.purge().kept == ["run \(parent.id): run \(child.id) is a child of it"])
            try await world.tracking.deleteRun(child.id, by: world.actor)
            #expect(try await world.purge().gone == ["run \(parent.id)", "run \(child.id)"])

            let home = try await world.tracking.createExperiment(named: "e", by: world.actor)
            let needed = try await world.tracking.createRun(NewRun(experimentID: home), by: world.actor).run
            let other = try await world.tracking.createRun(NewRun(experimentID: home), by: world.actor).run
            try await world.makeModel("m")
            try await world.makeVersion("m", runID: needed.id)
            try await world.tracking.deleteExperiment(home, by: world.actor)
            let first = try await world.purge()
            #expect(first.gone == ["run \(other.id)"])
            #expect(first.kept.last == "experiment \(home): run \(needed.id) of it is kept")
            try await world.registry.deleteVersion("m", 1, by: world.actor)
            #expect(try await world.purge().gone == ["run \(needed.id)", "experiment \(home)"])
            #expect(
                try await world.trace(of: Subject("experiment", "\(home)")).last == #"experiment.purged {"name":"e"}"#
            )
            _ = try await world.tracking.createExperiment(named: "e", by: world.actor)
        }
    }

    @Test("keeps a dataset that another run read", arguments: DatabaseBackend.allCases)
    func datasets(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let runs = [try await fullRun(world), try await fullRun(world)]
            try await world.tracking.deleteRun(runs[0].id, by: world.actor)
            try await world.purge()
            #expect(try await world.tracking.runDetails(runs[1].id).datasetInputs.map(\.name) == ["rows"])
            try await world.tracking.deleteRun(runs[1].id, by: world.actor)
            try await world.purge()
            #expect(try await world.rowCounts()["run_datasets"] == nil)
        }
    }

    @Test(
        "leaves files alone that are not in a folder that the server made for the run",
        arguments: DatabaseBackend.allCases
    )
    func elsewhere(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let away = try await world.tracking.createExperiment(named: "s3", at: "s3://bucket/x", by: world.actor)
            let run = try await world.tracking.createRun(NewRun(experimentID: away), by: world.actor).run
            let holder = try await world.makeRun()
            let inside = try await world.tracking.createExperiment(
                named: "inside",
                at: holder.artifactURI + "/nested",
                by: world.actor
            )
            for id in [run.id, holder.id] { try await world.tracking.deleteRun(id, by: world.actor) }
            let outcome = try await world.purge()
            #expect(outcome.gone == ["run \(run.id)"])
            #expect(outcome.kept == ["run \(holder.id): experiment \(inside) keeps its artifacts in it"])
            #expect(try await world.artifactService.pendingRemovals(after: "", limit: 10).isEmpty)
        }
    }

    @Test("keeps a folder that an experiment names by other letters", arguments: DatabaseBackend.allCases)
    func encoded(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let (holder, free) = (try await world.makeRun(), try await world.makeRun())
            let inside = try await world.tracking.createExperiment(
                named: "inside",
                at: "mlflow-artifacts:/0/\(holder.id)/%61rtifacts/nested",
                by: world.actor
            )
            for id in [holder.id, free.id] { try await world.tracking.deleteRun(id, by: world.actor) }
            let outcome = try await world.purge()
            #expect(outcome.gone == ["run \(free.id)"])
            #expect(outcome.kept == ["run \(holder.id): experiment \(inside) keeps its artifacts in it"])
        }
    }

    @Test("and restoring at the same time: a run is there whole, or it is gone", arguments: DatabaseBackend.allCases)
    func restoring(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            var runs: [Run] = []
            for _ in 0..<30 { runs.append(try await fullRun(world)) }
            for run in runs { try await world.tracking.deleteRun(run.id, by: world.actor) }
            let restored = try await withThrowingTaskGroup(of: RunID?.self) { group in
                for run in runs.shuffled() {
                    group.addTask {
                        do {
                            try await world.tracking.restoreRun(run.id, by: world.actor)
                            return run.id
                        } catch let error as MartletError where error.code == .resourceDoesNotExist {
                            return nil
                        }
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        try await world.purge()
                        return nil
                    }
                }
                return try await group.reduce(into: Set<RunID>()) { if let id = $1 { $0.insert(id) } }
            }
            try await world.removeFiles()
            for run in runs {
                let isThere = restored.contains(run.id)
                #expect(try await world.tracking.knownRuns([run.id]).count == (isThere ? 1 : 0))
                #expect(try await world.exists(run.artifactURI + "/a/b.txt") == isThere)
                guard isThere else { continue }
                let details = try await world.tracking.runDetails(run.id)
                #expect(details.params.count == 1 && details.metrics.count == 2 && details.datasetInputs.count == 1)
            }
        }
    }

    @Test("and registering at the same time: a version has its run and its files", arguments: DatabaseBackend.allCases)
    func registering(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m")
            var runs: [Run] = []
            for _ in 0..<20 { runs.append(try await fullRun(world)) }
            for run in runs { try await world.tracking.deleteRun(run.id, by: world.actor) }
            let made = try await withThrowingTaskGroup(of: ModelVersion?.self) { group in
                for run in runs.shuffled() {
                    group.addTask {
                        let new = NewModelVersion(modelName: "m", source: run.artifactURI + "/a", runID: run.id)
                        do {
                            let version = try await world.registry.createVersion(new, by: world.actor)
                            guard case .pinned = version.pin else { return nil }
                            return version
                        } catch is MartletError {
                            return nil
                        }
                    }
                }
                group.addTask {
                    try await world.purge()
                    try await world.removeFiles()
                    return nil
                }
                return try await group.reduce(into: [ModelVersion]()) { if let version = $1 { $0.append(version) } }
            }
            for version in made {
                let id = try #require(version.runID)
                #expect(try await world.tracking.knownRuns([id]).count == 1)
                #expect(try await world.exists(version.storageLocation + "/b.txt"))
            }
        }
    }

    @Test("finds files whose run is gone, of those that were recorded", arguments: DatabaseBackend.allCases)
    func orphans(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let gone = String(repeating: "ab", count: 16)
            let alive = try await fullRun(world)
            let key = "0/\(gone)/artifacts/x/y.txt"
            try await world.upload("late", at: "mlflow-artifacts:/" + key)
            let folders = try [key, "0/models/m-\(gone)/artifacts/f", "0/\(alive.id)/artifacts/a/b.txt"].map {
                try #require(OwnedFolder(of: $0))
            }
            for other in ["0/\(gone)/other/y", "\(gone)/artifacts/y", "0/\(gone)/artifacts", "0/x/artifacts/y", "y"] {
                #expect(OwnedFolder(of: other) == nil, "\(other)")
            }
            let found = try await world.tracking.purgeOrphans(folders, world.rules, isDone: true)
            #expect(found.purged.map(\.id.text) == ["0/\(gone)/artifacts", "0/models/m-\(gone)/artifacts"])
            try await world.removeFiles()
            #expect(try await !world.exists("mlflow-artifacts:/0/\(gone)"))
            #expect(try await world.exists(alive.artifactURI + "/a/b.txt"))
            #expect(try await world.rowCounts()["artifact_digests"] == 1)
        }
    }
}
