import Database
import TestSupport
import Testing

@Suite("Migrations")
struct MigrationTests {
    private static let first = Migration("items.V001", ["CREATE TABLE items (id TEXT PRIMARY KEY) {clustered}"])
    private static let second = Migration("items.V002", ["ALTER TABLE items ADD COLUMN n BIGINT"])
    private static let third = Migration("items.V003", ["CREATE INDEX items_id ON items (id)"])
    private static let other = Migration("others.V001", ["CREATE TABLE others (id TEXT PRIMARY KEY)"])

    private func applied(_ database: any SQLDatabase) async throws -> [String] {
        let sql: SQLText = "SELECT name FROM schema_migrations WHERE applied_at > 0 ORDER BY name COLLATE \"C\""
        return try await database.read { try $0.query(sql, []) { try $0.text(0) } }
    }

    @Test("run once, in order, new ones after old ones", arguments: DatabaseBackend.allCases)
    func idempotent(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.first]) { database in
            try await database.migrate([Self.first])
            try await database.migrate([Self.first, Self.second, Self.other, Self.third])
            try await database.migrate([Self.first, Self.second, Self.third])
            #expect(try await applied(database) == ["items.V001", "items.V002", "items.V003", "others.V001"])
        }
    }

    @Test("by several servers at once run once", arguments: DatabaseBackend.allCases)
    func concurrent(backend: DatabaseBackend) async throws {
        try await withTestDatabaseURI(backend) { uri in
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        let database = try DatabaseLocation.open(uri)
                        try await database.migrate([Self.first, Self.second, Self.third])
                        await database.close()
                    }
                }
                try await group.waitForAll()
            }
            let database = try DatabaseLocation.open(uri)
            #expect(try await applied(database).count == 3)
            await database.close()
        }
    }

    @Test("that fail leave nothing and are named", arguments: DatabaseBackend.allCases)
    func failing(backend: DatabaseBackend) async throws {
        let bad = Migration("items.V002_bad", ["CREATE TABLE half (id TEXT)", "CREATE TABLE items (id TEXT)"])
        try await withTestDatabase(backend, migrations: [Self.first]) { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.migrate([Self.first, bad, Self.third])
            }
            #expect(error?.message.contains("items.V002_bad") == true)
            #expect(try await applied(database) == ["items.V001"])
            await #expect(throws: DatabaseError.self) {
                try await database.read { try $0.query("SELECT * FROM half", []) { $0.values } }
            }
            try await database.migrate([Self.first, Self.second, Self.third])
        }
    }

    @Test("go forward only", arguments: DatabaseBackend.allCases)
    func forwardOnly(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.first, Self.third]) { database in
            let skipped = await #expect(throws: DatabaseError.self) {
                try await database.migrate([Self.first, Self.second, Self.third])
            }
            #expect(skipped?.message.contains("items.V002") == true)
            let newer = await #expect(throws: DatabaseError.self) { try await database.migrate([Self.first]) }
            #expect(newer?.message.contains("items.V003") == true)
        }
    }

    @Test("do not spoil statements prepared before them", arguments: DatabaseBackend.allCases)
    func preparedBefore(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.first]) { database in
            _ = try await database.write { try $0.execute("INSERT INTO items (id) VALUES ('a')") }
            let read: @Sendable (any SQLConnection) throws -> [[SQLValue]] = {
                try $0.query("SELECT * FROM items", []) { $0.values }
            }
            #expect(try await database.read(read) == [[.text("a")]])
            try await database.migrate([Self.first, Self.second])
            #expect(try await database.read(read) == [[.text("a"), .null]])
        }
    }
}
