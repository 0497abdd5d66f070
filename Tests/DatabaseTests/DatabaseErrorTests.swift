import Database
import TestSupport
import Testing

@Suite("A failure has a kind")
struct DatabaseErrorTests {
    private static let tables = Migration(
        "V001_tables",
        [
            "CREATE TABLE parents (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, n BIGINT CHECK (n < 10))",
            "CREATE TABLE children (id BIGINT PRIMARY KEY, parent BIGINT NOT NULL REFERENCES parents (id))",
        ]
    )

    private static let failures: [(SQLText, DatabaseError.Code)] = [
        ("INSERT INTO parents VALUES (1, 'second', 1)", .uniqueViolation),
        ("INSERT INTO parents VALUES (2, 'first', 1)", .uniqueViolation),
        ("INSERT INTO parents VALUES (2, NULL, 1)", .constraintViolation),
        ("INSERT INTO parents VALUES (2, 'second', 10)", .constraintViolation),
        ("INSERT INTO children VALUES (1, 99)", .constraintViolation),
        ("DELETE FROM parents", .constraintViolation),
        ("SELECT nothing FROM nowhere", .failed),
        ("SELECT (", .failed),
    ]

    @Test("by what refused the statement", arguments: DatabaseBackend.allCases, 0..<failures.count)
    func kinds(backend: DatabaseBackend, index: Int) async throws {
        let (sql, code) = Self.failures[index]
        try await withTestDatabase(backend, migrations: [Self.tables]) { database in
            try await database.write { connection in
                try connection.execute("INSERT INTO parents VALUES (1, 'first', 1)")
                try connection.execute("INSERT INTO children VALUES (0, 1)")
            }
            let error = await #expect(throws: DatabaseError.self) { try await database.write { try $0.execute(sql) } }
            #expect(error?.code == code, "\(error?.message ?? "")")
        }
    }

    @Test("and never shows a value", arguments: DatabaseBackend.allCases)
    func noValues(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.tables]) { database in
            let insert: SQLText = "INSERT INTO parents VALUES ($1, $2, 1)"
            _ = try await database.write { try $0.execute(insert, [.integer(1), .text("private")]) }
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { try $0.execute(insert, [.integer(2), .text("private")]) }
            }
            #expect(error?.code == .uniqueViolation)
            #expect(error?.description.contains("private") == false)
        }
    }

    @Test("closed is unavailable", arguments: DatabaseBackend.allCases)
    func closed(backend: DatabaseBackend) async throws {
        try await withTestDatabaseURI(backend) { uri in
            let database = try DatabaseLocation.open(uri)
            try await database.migrate([Self.tables])
            await database.close()
            await database.close()
            for attempt in [database.read, database.write] as [(@escaping Body) async throws -> Int] {
                let error = await #expect(throws: DatabaseError.self) { try await attempt { _ in 1 } }
                #expect(error?.code == .unavailable)
            }
        }
    }

    private typealias Body = @Sendable (any SQLConnection) throws -> Int
}
