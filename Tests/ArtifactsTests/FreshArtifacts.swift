import Database
import Kernel
import NIOCore
import ObjectStore
import TestSupport

@testable import Artifacts

/// Runs `test` on artifacts in a fresh folder and database.
func withArtifacts(
    _ backend: DatabaseBackend,
    _ test: (ArtifactService, String, any SQLDatabase) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        try await withTestDatabase(backend, migrations: ArtifactSchema.migrations) { database in
            let objects = try LocalObjectStore(root: folder)
            let service = ArtifactService(objects: objects, database: database, clock: ManualClock().clock)
            try await test(service, folder, database)
        }
    }
}

extension ArtifactService {
    @discardableResult
    func put(
        _ key: ObjectKey,
        text: String,
        admission: @escaping Admission = { _, _ in }
    ) async throws -> StoredObject {
        let body = AsyncStream { continuation in
            continuation.yield(ByteBuffer(string: text))
            continuation.finish()
        }
        return try await put(key, from: body, admission: admission)
    }

    /// The same artifacts, whose store does what `hold` says at its moments.
    func held(
        by database: any SQLDatabase,
        renewalPause: Duration = .seconds(30),
        _ hold: @escaping @Sendable (HeldObjectStore.Moment, ObjectKey) async throws -> Void
    ) -> ArtifactService {
        let store = HeldObjectStore(objects, hold)
        return ArtifactService(objects: store, database: database, clock: clock, renewalPause: renewalPause)
    }
}
