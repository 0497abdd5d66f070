import Database
import TestSupport
import Testing

@Suite("What is stored comes back")
struct RoundTripTests {
    private static let table = Migration(
        "V001_values",
        ["CREATE TABLE kept (id TEXT PRIMARY KEY, n BIGINT, d DOUBLE PRECISION, t TEXT, b BYTEA) {clustered}"]
    )

    private static let integers: [Int64] = [0, 1, -1, .max, .min, 1 << 53 + 1]
    private static let doubles: [Double] = [
        0.1, -0.0, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1 / 3, 2, -7e-300,
    ]
    private static let texts = ["", "plain", "Grüße, 世界 👩‍👩‍👧", "e\u{301} is not é", "quote ' \" \\ $1 %", "\n\t\r"]
    private static let blobs: [[UInt8]] = [[], [0], Array(0...255), [0, 0, 65, 0]]

    @Test("as it was, of every kind", arguments: DatabaseBackend.allCases)
    func everyKind(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            for integer in Self.integers { try await expectSame(.integer(integer), "n", database) }
            for double in Self.doubles { try await expectSame(.double(double), "d", database) }
            for text in Self.texts { try await expectSame(.text(text), "t", database) }
            for blob in Self.blobs { try await expectSame(.blob(blob), "b", database) }
            for column in ["n", "d", "t", "b"] { try await expectSame(.null, column, database) }
        }
    }

    private func expectSame(_ value: SQLValue, _ column: String, _ database: any SQLDatabase) async throws {
        let place: [SQLValue] = ["n", "d", "t", "b"].map { $0 == column ? value : .null }
        try await database.write { connection in
            try connection.execute("DELETE FROM kept")
            try connection.execute("INSERT INTO kept VALUES ('1', $1, $2, $3, $4)", place)
        }
        let back = try await database.read { try $0.query("SELECT n, d, t, b FROM kept", []) { $0.values } }
        #expect(back == [place])
        guard case .double(let double) = value, case .double(let found)? = back.first?[1] else { return }
        // SQLite has one zero, which is both to `==`.
        #expect(found.bitPattern == double.bitPattern || double == 0)
    }

    @Test("to who asks for what it is, and to nobody else", arguments: DatabaseBackend.allCases)
    func byKind(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            for integer in Self.integers {
                try await expectSame(.integer(integer), "n", database)
                let read = try await database.read { connection in
                    try connection.first("SELECT n, d FROM kept") { row in
                        (try row.integer(0), try row.double(0), try row.optionalInteger(1), row.isNull(1))
                    }
                }
                #expect(read?.0 == integer && read?.1 == Double(integer) && read?.2 == nil && read?.3 == true)
            }
            for text in Self.texts {
                try await expectSame(.text(text), "t", database)
                let bytes = try await database.read { connection in
                    try connection.first("SELECT t FROM kept") { row in
                        var bytes = Array("before".utf8)
                        try row.appendText(0, to: &bytes)
                        return bytes
                    }
                }
                #expect(bytes == Array("before".utf8) + Array(text.utf8))
            }
            try await expectSame(.double(0.5), "d", database)
            for read in Self.wrongReads {
                let error = await #expect(throws: DatabaseError.self) {
                    try await database.read { try $0.query("SELECT n, d, t, b FROM kept", [], read) }
                }
                #expect(error?.code == .unexpectedValue)
            }
        }
    }

    /// Reads of a row that has nothing but a fraction in its second column.
    private static let wrongReads: [@Sendable (borrowing SQLRow) throws -> Void] = [
        { _ = try $0.integer(0) }, { _ = try $0.integer(1) }, { _ = try $0.text(1) }, { _ = try $0.blob(1) },
        { _ = try $0.double(2) }, { _ = try $0.text(2) }, { _ = try $0.blob(3) }, { _ = try $0.flag(1) },
        { row in
            var bytes: [UInt8] = []
            try row.appendText(1, to: &bytes)
        },
    ]

    @Test("but a NaN as NULL", arguments: DatabaseBackend.allCases)
    func notANumber(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend) { database in
            let back = try await database.read { try $0.query("SELECT $1", [.double(.nan)]) { $0.values } }
            #expect(back == [[.null]])
        }
    }

    @Test("and text with a NUL is refused", arguments: DatabaseBackend.allCases)
    func textWithNUL(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend) { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.read { try $0.query("SELECT $1", [.text("a\0b")]) { $0.values } }
            }
            #expect(error?.code == .textWithNUL)
            #expect(error?.message.contains("U+0000") == true)
        }
    }

    @Test("in the number's place, not the text's", arguments: DatabaseBackend.allCases)
    func numberedParameters(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend) { database in
            let back = try await database.read { connection in
                try connection.query("SELECT $2, $1, $2, $3", [.integer(1), .text("two"), .double(3.5)]) { $0.values }
            }
            #expect(back == [[.text("two"), .integer(1), .text("two"), .double(3.5)]])
            let many = (1...12).map { SQLValue.integer(Int64($0)) }
            let reversed = try await database.read { connection in
                try connection.query("SELECT $12, $11, $10, $9, $8, $7, $6, $5, $4, $3, $2, $1", many) { $0.values }
            }
            #expect(reversed == [many.reversed()])
        }
    }

    @Test("a wrong number of parameters is an error", arguments: DatabaseBackend.allCases)
    func wrongNumber(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend) { database in
            await #expect(throws: DatabaseError.self) {
                try await database.read { try $0.query("SELECT $1, $2", [.integer(1)]) { $0.values } }
            }
        }
    }
}
