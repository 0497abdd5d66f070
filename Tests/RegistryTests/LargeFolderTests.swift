import Artifacts
import Database
import Glibc
import Kernel
import Ledger
import ObjectStore
import TestSupport
import Testing
import Tracking

@Suite("A folder with more files than a listing has")
struct LargeFolderTests {
    @Test("is removed, and the trail tells of it without their number", arguments: DatabaseBackend.allCases)
    func removed(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            try await world.upload("", at: run.artifactURI + "/0")
            let key = "0/\(run.id)/artifacts"
            let folder = world.artifacts.localRoot + "/" + key
            for number in 1...ObjectListing.countMax {
                let file = open(folder + "/\(number)", O_WRONLY | O_CREAT, 0o644)
                try #require(file >= 0)
                close(file)
            }
            try await world.tracking.deleteRun(run.id, by: world.actor)
            try await world.purge()
            try await world.removeFiles()
            #expect(try await !world.exists("mlflow-artifacts:/0/\(run.id)"))
            #expect(
                try await world.trace(of: Subject("artifact", key)) == [#"artifact.purged {"bytes":null,"files":null}"#]
            )
        }
    }
}
