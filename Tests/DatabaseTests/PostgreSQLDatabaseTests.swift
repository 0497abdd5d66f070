import Database
import Foundation
import TestSupport
import Testing

@Suite("A PostgreSQL database")
struct PostgreSQLDatabaseTests {
    private static let table = Migration("V001_items", ["CREATE TABLE items (id BIGINT PRIMARY KEY)"])

    @Test(
        "refuses a URL of another form without repeating it",
        arguments: [
            "postgresql://user:se/cret@host/db", "postgresql://user:cret@se@host/db", "mysql://user:secret@host/db",
            "postgresql://user:secret@host/db?nonsense=1", "postgresql://user:secret@host:port/db", "secret",
        ]
    )
    func badURL(url: String) {
        let error = #expect(throws: DatabaseError.self) { try PostgreSQLDatabase(url: url) }
        #expect(error?.code == .failed)
        #expect(error?.message.contains("cret") == false)
    }

    @Test(
        "that is not there is unavailable, and the password stays unsaid",
        arguments: [
            "postgresql://user:secret@127.0.0.1:1/db", "postgresql+psycopg2://user:secret@127.0.0.1:1/db",
            "postgres://user:secret@secret.invalid/db?connect_timeout=2",
        ]
    )
    func notThere(url: String) async throws {
        let database = try DatabaseLocation.open(url)
        let error = await #expect(throws: DatabaseError.self) { try await database.read { _ in } }
        #expect(error?.code == .unavailable)
        #expect(error?.description.contains("secret") == false)
        await database.close()
    }

    @Test("goes on after its sessions were ended")
    func sessionsEnded() async throws {
        try await withTestDatabase(.postgresql, migrations: [Self.table]) { database in
            let end: SQLText = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1"
            let number: SQLText = "SELECT pg_backend_pid()"
            let idle = try await database.read { try $0.first(number) { try $0.integer(0) } }
            let operatorsURL = try testPostgreSQLURL()
            let operators = try PostgreSQLDatabase(url: operatorsURL)
            _ = try await operators.write { try $0.query(end, [.integer(idle)]) { $0.values } }
            // Nothing was under way in that session, so nobody notices.
            _ = try await database.write { try $0.execute("INSERT INTO items VALUES (1)") }

            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { connection in
                    try connection.execute("INSERT INTO items VALUES (2)")
                    let own = try connection.first(number) { try $0.integer(0) }
                    _ = try connection.query(end, [.integer(own)]) { $0.values }
                }
            }
            #expect(error?.code == .unavailable)
            _ = try await database.write { try $0.execute("INSERT INTO items VALUES (3)") }
            let ids = try await database.read { connection in
                try connection.query("SELECT id FROM items ORDER BY id", []) { try $0.integer(0) }
            }
            #expect(ids == [1, 3])
            await operators.close()
        }
    }

    @Test("ends a statement that takes too long, and goes on")
    func statementTimeout() async throws {
        let database = try PostgreSQLDatabase(
            url: testPostgreSQLURL(),
            configuration: .init(connections: 1, statementTimeoutMs: 100)
        )
        let error = await #expect(throws: DatabaseError.self) {
            try await database.read { try $0.query("SELECT pg_sleep(20)", []) { $0.values } }
        }
        #expect(error?.code == .unavailable)
        #expect(try await database.read { try $0.first("SELECT 1") { try $0.integer(0) } } == 1)
        await database.close()
    }

    @Test("takes one statement with NULL in any place")
    func nullsInAnyPlace() async throws {
        let table = Migration("V001_pairs", ["CREATE TABLE pairs (a BIGINT, b TEXT, c DOUBLE PRECISION, d BYTEA)"])
        try await withTestDatabase(.postgresql, migrations: [table]) { database in
            let full: [SQLValue] = [.integer(1), .text("b"), .double(0.5), .blob([1])]
            let rows = (0..<16).map { mask in (0..<4).map { mask >> $0 & 1 == 1 ? full[$0] : .null } }
            for row in rows {
                _ = try await database.write { try $0.execute("INSERT INTO pairs VALUES ($1, $2, $3, $4)", row) }
            }
            let back = try await database.read { try $0.query("SELECT * FROM pairs", []) { $0.values } }
            #expect(Set(back) == Set(rows))
        }
    }
}
