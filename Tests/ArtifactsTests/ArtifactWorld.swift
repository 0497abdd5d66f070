import Artifacts
import Database
import Foundation
import Kernel
import NIOCore
import ObjectStore
import TestSupport

/// Each kind of store with each database.
enum ArtifactBackend: String, CaseIterable, Sendable {
    case folderAndSQLite
    case folderAndPostgreSQL
    case s3AndSQLite
    case s3AndPostgreSQL

    var database: DatabaseBackend {
        switch self {
        case .folderAndSQLite, .s3AndSQLite: .sqlite
        case .folderAndPostgreSQL, .s3AndPostgreSQL: .postgresql
        }
    }

    var isS3: Bool { self == .s3AndSQLite || self == .s3AndPostgreSQL }
}

/// Artifacts in a fresh store and database, and a clock that the test moves.
struct ArtifactWorld {
    struct NoServer: Error, CustomStringConvertible {
        var description: String { "MARTLET_TEST_S3_URL is not set: run the tests by Scripts/with-s3 swift test" }
    }

    let artifacts: ArtifactService
    let database: any SQLDatabase
    let clock: ManualClock
    /// The folder of the files, where they are in one.
    let folder: String

    var objects: any ObjectStore { artifacts.objects }

    /// Uploads as a server that has just started has them.
    func uploads() -> MultipartUploadService {
        MultipartUploadService(artifacts: artifacts)
    }

    /// Uploads of a server that does what `hold` says at the moments of its store.
    func uploads(
        holding hold: @escaping @Sendable (HeldObjectStore.Moment, ObjectKey) async throws -> Void
    ) -> MultipartUploadService {
        let held = HeldObjectStore(objects, hold)
        return MultipartUploadService(
            artifacts: ArtifactService(objects: held, database: database, clock: clock.clock)
        )
    }

    static func with(_ backend: ArtifactBackend, _ test: (ArtifactWorld) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await withTestDatabase(backend.database, migrations: ArtifactSchema.migrations) { database in
                // What a store has is as old as it is: the clock begins at the time of day.
                let clock = ManualClock(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
                let objects: any ObjectStore =
                    backend.isS3 ? try bucket(folder) : try LocalObjectStore(root: folder + "/files")
                let artifacts = ArtifactService(objects: objects, database: database, clock: clock.clock)
                try await test(
                    ArtifactWorld(
                        artifacts: artifacts,
                        database: database,
                        clock: clock,
                        folder: folder + "/files"
                    )
                )
            }
        }
    }

    /// A folder of its own in the bucket of the server that `Scripts/with-s3` runs.
    private static func bucket(_ folder: String) throws -> S3ObjectStore {
        guard let url = ProcessInfo.processInfo.environment["MARTLET_TEST_S3_URL"] else { throw NoServer() }
        return S3ObjectStore(
            location: try S3Location(
                uri: "s3://martlet-test/\(UUID().uuidString.lowercased())",
                environment: ["MLFLOW_S3_ENDPOINT_URL": url]
            ),
            credentials: AWSCredentials(accessKeyID: "test", secretAccessKey: "secret"),
            cache: try ObjectCache(folder: folder + "/cache"),
            clock: WallClock { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        )
    }

    /// How many rows a table has.
    func count(_ sql: SQLText) async throws -> Int64 {
        try await database.read { try $0.first(sql) { try $0.integer(0) } ?? -1 }
    }

    /// The text of a file; nil when it is not there.
    func text(_ key: ObjectKey) async throws -> String? {
        guard try await objects.exists(key) else { return nil }
        var all = ByteBuffer()
        for try await buffer in try await objects.open(key).read() { all.writeImmutableBuffer(buffer) }
        return String(buffer: all)
    }

    /// Removes what belongs to no upload, and answers how much there was: nothing, when all was tidied up.
    func leftovers() async throws -> Int {
        let later = clock.now().advanced(byMilliseconds: 3_600_000)
        let unfinished = try await objects.removeUnfinishedUploads(before: later)
        return try await unfinished + objects.removeParts(before: later, keeping: [])
    }
}

/// A body of one buffer.
func body(_ text: String) -> AsyncStream<ByteBuffer> {
    AsyncStream { continuation in
        continuation.yield(ByteBuffer(string: text))
        continuation.finish()
    }
}
