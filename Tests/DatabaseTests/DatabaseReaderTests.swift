import Database
import Foundation
import TestSupport
import Testing

@Suite("A database of another program is read and not changed")
struct DatabaseReaderTests {
    @Test("What is there is read, on both databases", arguments: DatabaseBackend.allCases)
    func reads(backend: DatabaseBackend) async throws {
        try await withTestDatabaseURI(backend) { uri in
            let database = try DatabaseLocation.open(uri)
            try await database.write { connection in
                try connection.execute("CREATE TABLE t (x BIGINT)")
                try connection.execute("INSERT INTO t VALUES ($1)", [.integer(7)])
            }
            await database.close()
            let reader = try DatabaseReader(uri)
            let found = try await reader.read { try $0.query("SELECT x FROM t", []) { try $0.integer(0) } }
            #expect(found == [7])
            await #expect(throws: DatabaseError.self) {
                try await reader.read { _ = try $0.execute("INSERT INTO t VALUES (1)") }
            }
            await reader.close()
        }
    }

    @Test("An SQLite file keeps its journal's kind, which opening it to write would change")
    func leavesTheFileAsItIs() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/other.db"
            let made = try SQLiteDatabase(path: path)
            try await made.write { _ = try $0.execute("CREATE TABLE t (x BIGINT)") }
            await made.close()
            let before = try Data(contentsOf: URL(filePath: path))
            let reader = try DatabaseReader("sqlite:///" + path)
            _ = try await reader.read { try $0.query("SELECT x FROM t", []) { _ in 0 } }
            await reader.close()
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
        }
    }

    @Test("A file that is not there is not made")
    func doesNotMakeFiles() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/missing.db"
            #expect(throws: DatabaseError.self) { try DatabaseReader("sqlite:///" + path) }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("Another scheme is refused without its password")
    func refusesOtherSchemes() {
        let error = #expect(throws: DatabaseError.self) { try DatabaseReader("mysql://me:secret@host/db") }
        #expect(error?.message.contains("secret") == false)
    }
}
