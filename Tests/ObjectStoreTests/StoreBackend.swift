import Foundation
import Kernel
import ObjectStore
import Testing

/// The kinds of store that the same tests run on.
enum StoreBackend: String, CaseIterable, Sendable {
    case folder
    case s3
}

/// Runs `test` on a fresh and empty store.
func withStore(_ backend: StoreBackend, _ test: (any ObjectStore) async throws -> Void) async throws {
    let scratch = try Scratch()
    switch backend {
    case .folder:
        try await test(LocalObjectStore(root: scratch.root))
        #expect(try scratch.names("artifacts/.martlet-uploads") == [])
    case .s3: try await test(TestBucket().store(cache: ObjectCache(folder: scratch.path + "/cache")))
    }
    withExtendedLifetime(scratch) {}
}

/// A folder of its own in the bucket of the server that `Scripts/with-s3` runs.
struct TestBucket: Sendable {
    static let name = "martlet-test"

    /// The server's address.
    let url: String
    let prefix = UUID().uuidString.lowercased() + "/a b"

    init() throws {
        guard let url = ProcessInfo.processInfo.environment["MARTLET_TEST_S3_URL"] else { throw NoServer() }
        self.url = url
    }

    func store(cache: ObjectCache, at url: String? = nil) throws -> S3ObjectStore {
        S3ObjectStore(
            location: try S3Location(
                uri: "s3://\(Self.name)/\(prefix)",
                environment: ["MLFLOW_S3_ENDPOINT_URL": url ?? self.url]
            ),
            credentials: AWSCredentials(accessKeyID: "test", secretAccessKey: "secret"),
            cache: cache,
            clock: WallClock { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        )
    }

    struct NoServer: Error, CustomStringConvertible {
        var description: String {
            "MARTLET_TEST_S3_URL is not set: run the tests by Scripts/with-s3 swift test"
        }
    }
}
