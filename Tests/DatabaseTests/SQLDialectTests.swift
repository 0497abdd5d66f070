import Database
import TestSupport
import Testing

@Suite("One text means the same on both engines")
struct SQLDialectTests {
    private static let table = Migration(
        "V001_words",
        ["CREATE TABLE words (word TEXT PRIMARY KEY, n BIGINT NOT NULL, f SMALLINT NOT NULL DEFAULT 0) {clustered}"]
    )

    private func withWords(
        _ backend: DatabaseBackend,
        _ words: [String],
        _ test: (any SQLDatabase) async throws -> Void
    ) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            try await database.write { connection in
                let rows = words.enumerated().map { [SQLValue.text($1), .integer(Int64($0))] }
                try connection.executeBatch("INSERT INTO words (word, n) VALUES ($1, $2)", rows)
            }
            try await test(database)
        }
    }

    private func words(_ database: any SQLDatabase, _ sql: SQLText, _ values: [SQLValue] = []) async throws -> [String]
    {
        try await database.read { try $0.query(sql, values) { try $0.text(0) } }
    }

    @Test("LIKE minds case and has an escape", arguments: DatabaseBackend.allCases)
    func like(backend: DatabaseBackend) async throws {
        try await withWords(backend, ["loss", "Loss", "lo%s", "los_", "gloss"]) { database in
            let escaped: SQLText = "SELECT word FROM words WHERE word LIKE $1 ESCAPE '\\' ORDER BY n"
            let found: [(pattern: String, words: [String])] = [
                ("l%", ["loss", "lo%s", "los_"]), ("%\\%%", ["lo%s"]), ("los\\_", ["los_"]), ("%L%", ["Loss"]),
            ]
            for (pattern, expected) in found {
                let matching = try await words(database, escaped, [.text(pattern)])
                #expect(matching == expected)
            }
        }
    }

    @Test("COLLATE \"C\" orders by bytes", arguments: DatabaseBackend.allCases)
    func collation(backend: DatabaseBackend) async throws {
        let unordered = ["ab", "é", "Z", "a", "", "𝄞", "z", "_", "A", "ﬀ", "a0"]
        try await withWords(backend, unordered) { database in
            let ordered = try await words(database, "SELECT word FROM words ORDER BY word COLLATE \"C\"")
            let expected = unordered.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(ordered == expected)
        }
    }

    @Test("RETURNING answers the row as changed", arguments: DatabaseBackend.allCases)
    func returning(backend: DatabaseBackend) async throws {
        try await withWords(backend, ["a"]) { database in
            let numbers = try await database.write { connection in
                try connection.query(
                    """
                    INSERT INTO words (word, n) VALUES ($1, $2)
                    ON CONFLICT (word) DO UPDATE SET n = words.n + excluded.n RETURNING n
                    """,
                    [.text("a"), .integer(41)]
                ) { try $0.integer(0) }
            }
            #expect(numbers == [41])
            let stored = try await database.read { try $0.first("SELECT n FROM words") { try $0.integer(0) } }
            #expect(stored == 41)
        }
    }

    @Test("execute answers how many rows changed", arguments: DatabaseBackend.allCases)
    func changedCount(backend: DatabaseBackend) async throws {
        try await withWords(backend, ["a", "b", "c"]) { database in
            let counts = try await database.write { connection in
                [
                    try connection.execute("UPDATE words SET n = n + 10 WHERE n >= $1", [.integer(1)]),
                    try connection.execute("CREATE TABLE other (a BIGINT)"),
                    try connection.execute("DELETE FROM words WHERE n = $1", [.integer(99)]),
                    try connection.execute(
                        "INSERT INTO words (word, n) VALUES ('a', 1) ON CONFLICT (word) DO NOTHING"
                    ),
                    try connection.execute("DELETE FROM words"),
                ]
            }
            #expect(counts == [2, 0, 0, 0, 3])
        }
    }

    @Test("sums, comparisons, NULLS LAST and windows have the same kinds", arguments: DatabaseBackend.allCases)
    func kinds(backend: DatabaseBackend) async throws {
        try await withWords(backend, ["a", "b"]) { database in
            let row = try await database.read { connection in
                try connection.first(
                    """
                    SELECT COUNT(*), SUM(n), AVG(n), n > 0, CAST(n AS DOUBLE PRECISION) / 2,
                           COUNT(*) FILTER (WHERE n > 5), ROW_NUMBER() OVER (ORDER BY n DESC NULLS LAST)
                    FROM words GROUP BY n ORDER BY n DESC NULLS LAST LIMIT $1
                    """,
                    [.integer(1)]
                ) { $0.values }
            }
            #expect(row?.prefix(4) == [.integer(1), .integer(1), .double(1), .integer(1)])
            #expect(row?.dropFirst(4) == [.double(0.5), .integer(0), .integer(1)])
        }
    }

    @Test("a batch goes in whole, NULLs among values, past a pipeline's depth", arguments: DatabaseBackend.allCases)
    func batch(backend: DatabaseBackend) async throws {
        let table = Migration("V001_points", ["CREATE TABLE points (k BIGINT PRIMARY KEY, v DOUBLE PRECISION)"])
        try await withTestDatabase(backend, migrations: [table]) { database in
            let rows = (0..<1701).map { [SQLValue.integer($0), $0.isMultiple(of: 3) ? .null : .double(Double($0))] }
            try await database.write { try $0.executeBatch("INSERT INTO points (k, v) VALUES ($1, $2)", rows) }
            let back = try await database.read { try $0.query("SELECT k, v FROM points ORDER BY k", []) { $0.values } }
            #expect(back == rows)
        }
    }
}
