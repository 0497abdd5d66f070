package import Database
import Foundation

/// Runs `test` on a fresh database of `backend` that nothing else uses, with `migrations` applied; removes it
/// afterwards.
///
///     @Test(arguments: DatabaseBackend.allCases)
///     func storesARun(backend: DatabaseBackend) async throws {
///         try await withTestDatabase(backend, migrations: TrackingSchema.migrations) { database in … }
///     }
///
/// - Throws: ``TestDatabaseError`` when PostgreSQL is wanted and `MARTLET_TEST_POSTGRES_URL` not set; what `test` throws.
@discardableResult
package func withTestDatabase<Value>(
    _ backend: DatabaseBackend,
    migrations: [Migration] = [],
    _ test: (any SQLDatabase) async throws -> Value
) async throws -> Value {
    try await withTestDatabaseURI(backend) { uri in
        let database = try DatabaseLocation.open(uri)
        let result: Result<Value, any Error>
        do {
            try await database.migrate(migrations)
            result = .success(try await test(database))
        } catch {
            result = .failure(error)
        }
        await database.close()
        return try result.get()
    }
}

/// Runs `test` on the URI of a fresh and empty database, for tests that open it more than once or start a server on it.
///
/// - Throws: as ``withTestDatabase(_:migrations:_:)``.
@discardableResult
package func withTestDatabaseURI<Value>(
    _ backend: DatabaseBackend,
    _ test: (String) async throws -> Value
) async throws -> Value {
    switch backend {
    case .sqlite: try await withTemporaryFolder { try await test("sqlite:///\($0)/martlet.sqlite") }
    case .postgresql: try await withTestSchema(test)
    }
}

/// Runs `test` with the path of a fresh folder, removed afterwards with all that is in it.
///
/// - Throws: when the folder can't be made, and what `test` throws.
@discardableResult
package func withTemporaryFolder<Value>(_ test: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let result: Result<Value, any Error>
    do {
        result = .success(try await test(folder.path))
    } catch {
        result = .failure(error)
    }
    try await remove(folder)
    return try result.get()
}

/// Removes a folder in which what the test has let go may still be removing its own files.
private func remove(_ folder: URL) async throws {
    var attempts = 0
    while FileManager.default.fileExists(atPath: folder.path) {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            attempts += 1
            guard attempts < 100 else { throw error }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// Why there is no database to test on.
package struct TestDatabaseError: Error, CustomStringConvertible {
    package let description: String
}

/// The server that `Scripts/with-postgres` runs.
///
/// - Throws: ``TestDatabaseError`` when there is none.
package func testPostgreSQLURL() throws -> String {
    guard let url = ProcessInfo.processInfo.environment["MARTLET_TEST_POSTGRES_URL"] else {
        throw TestDatabaseError(
            description: "MARTLET_TEST_POSTGRES_URL is not set: run the tests by Scripts/with-postgres swift test"
        )
    }
    return url
}

/// A schema of its own in the test server's database: as apart as a database of its own, and faster to make.
private func withTestSchema<Value>(_ test: (String) async throws -> Value) async throws -> Value {
    let url = try testPostgreSQLURL()
    await schemas.take()
    defer { schemas.giveBack() }
    let number = Int.random(in: 0..<Int.max)
    let server = try PostgreSQLDatabase(url: url, configuration: .init(connections: 1))
    _ = try await server.write { try $0.execute("CREATE SCHEMA martlet_test_" + .number(number)) }
    let separator = url.contains("?") ? "&" : "?"
    let result: Result<Value, any Error>
    do {
        let search = "options=-c%20search_path%3Dmartlet_test_\(number)"
        result = .success(try await test(url + separator + search))
    } catch {
        result = .failure(error)
    }
    _ = try await server.write { try $0.execute("DROP SCHEMA martlet_test_" + .number(number) + " CASCADE") }
    await server.close()
    return try result.get()
}
