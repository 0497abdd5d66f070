import Artifacts
import Database
import Kernel
import ObjectStore
import Ledger
import Registry
import TestSupport
import Testing
import Tracking

@Suite("What an import brings back after a collection that was interrupted")
struct BroughtBackTests {
    @Test("keeps its files", arguments: DatabaseBackend.allCases)
    func files(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            let model = try await world.makeLoggedModel(by: run)
            let stranger = try await world.makeRun()
            for uri in [run.artifactURI, model.artifactURI, stranger.artifactURI] {
                try await world.upload("of \(uri)", at: uri + "/a/b.txt")
            }
            for id in [run.id, stranger.id] { try await world.tracking.deleteRun(id, by: world.actor) }
            try await world.tracking.deleteLoggedModel(model.id)
            try await world.purge()
            // A collection that has looked already, and one that has yet to look.
            let seen = try await world.artifactService.pendingRemovals(after: "", limit: 10)
            #expect(seen.count == 3)

            var backRun = AdmittedRun(id: run.id, experimentID: run.experimentID, artifactURI: run.artifactURI)
            backRun.folder = world.rules.ownFolder(run.artifactURI)
            var backModel = AdmittedLoggedModel(
                id: model.id,
                experimentID: model.experimentID,
                name: model.name,
                artifactURI: model.artifactURI
            )
            backModel.folder = world.rules.ownFolder(model.artifactURI)
            try await world.database.write { [backRun, backModel] connection in
                try world.tracking.admit([backRun], on: connection)
                try world.tracking.admit([backModel], on: connection)
            }
            for folder in seen {
                _ = try await world.artifactService.finishRemoval(of: folder, by: .local, in: world.activities)
            }
            try await world.removeFiles()
            #expect(try await world.exists(run.artifactURI + "/a/b.txt"))
            #expect(try await world.exists(model.artifactURI + "/a/b.txt"))
            #expect(try await !world.exists(stranger.artifactURI + "/a/b.txt"))
            #expect(try await world.rowCounts()["artifact_removals"] == nil)
            #expect(try await world.rowCounts()["artifact_digests"] == 2)
        }
    }

    @Test("has no pin to files that are about to go", arguments: DatabaseBackend.allCases)
    func pin(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let gone = String(repeating: "ab", count: 16)
            let uri = "mlflow-artifacts:/0/\(gone)/artifacts"
            try await world.upload("late", at: uri + "/model/b.txt")
            try await world.makeModel("m")
            let version = AdmittedVersion(
                modelName: "m",
                number: 1,
                source: uri + "/model",
                downloadURI: uri + "/model"
            )
            let before = try await world.registry.prepare([version])
            guard case .pinned? = before.first?.modelVersion.pin else {
                Issue.record("it has its files, yet no pin")
                return
            }
            let folder = try #require(OwnedFolder(of: "0/\(gone)/artifacts/model/b.txt"))
            _ = try await world.tracking.purgeOrphans([folder], world.rules, isDone: true)
            let prepared = try await world.registry.prepare([version])
            guard case .unpinned(let reason)? = prepared.first?.modelVersion.pin else {
                Issue.record("it is pinned to files that are about to go")
                return
            }
            #expect(reason == "its files are about to be removed")
        }
    }
}
