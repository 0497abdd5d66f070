import Database
import TestSupport
import Testing

@Suite("A body is a transaction")
struct TransactionTests {
    private static let table = Migration("V001_items", ["CREATE TABLE items (id BIGINT PRIMARY KEY, n BIGINT)"])

    private struct Refusal: Error {}

    private func ids(_ database: any SQLDatabase) async throws -> [Int64] {
        try await database.read { try $0.query("SELECT id FROM items ORDER BY id", []) { try $0.integer(0) } }
    }

    private static func insert(_ id: Int64, _ connection: any SQLConnection) throws {
        try connection.execute("INSERT INTO items (id, n) VALUES ($1, 0)", [.integer(id)])
    }

    @Test("that leaves nothing when it throws", arguments: DatabaseBackend.allCases)
    func rollback(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            await #expect(throws: Refusal.self) {
                try await database.write { connection in
                    try Self.insert(1, connection)
                    throw Refusal()
                }
            }
            try await database.write { try Self.insert(2, $0) }
            #expect(try await ids(database) == [2])
        }
    }

    @Test("undone alone when others are written beside it", arguments: DatabaseBackend.allCases)
    func failingAmongOthers(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            let refused = try await withThrowingTaskGroup { group in
                for id in Int64(0)..<64 {
                    group.addTask {
                        do {
                            try await database.write { connection in
                                try Self.insert(id, connection)
                                switch id % 4 {
                                case 1: throw Refusal()
                                case 2: try Self.insert(id, connection)
                                default: break
                                }
                            }
                            return 0
                        } catch is Refusal {
                            return 1
                        } catch let error as DatabaseError where error.code == .uniqueViolation {
                            return 1
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(refused == 32)
            #expect(try await ids(database) == (0..<64).filter { $0 % 4 == 0 || $0 % 4 == 3 })
        }
    }

    @Test("lost once a statement failed, even if the body goes on", arguments: DatabaseBackend.allCases)
    func swallowedError(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { connection in
                    try Self.insert(1, connection)
                    #expect(throws: DatabaseError.self) { try Self.insert(1, connection) }
                    #expect(throws: DatabaseError.self) { try Self.insert(2, connection) }
                }
            }
            #expect(error?.code == .uniqueViolation)
            let ids = try await ids(database)
            #expect(ids.isEmpty)
        }
    }

    @Test("64 at once are all there", arguments: DatabaseBackend.allCases)
    func concurrentWriters(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            try await withThrowingTaskGroup { group in
                for writer in Int64(0)..<64 {
                    group.addTask {
                        for step in Int64(0)..<4 {
                            try await database.write { try Self.insert(writer * 4 + step, $0) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await ids(database) == Array(0..<256))
        }
    }

    @Test("that others' bodies do not interleave with", arguments: DatabaseBackend.allCases)
    func readModifyWrite(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            try await database.write { try Self.insert(1, $0) }
            try await withThrowingTaskGroup { group in
                for _ in 0..<64 {
                    group.addTask {
                        try await database.write { connection in
                            let n = try connection.first("SELECT n FROM items WHERE id = 1") { try $0.integer(0) }
                            try connection.execute("UPDATE items SET n = $1 WHERE id = 1", [.integer((n ?? 0) + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let n = try await database.read { try $0.first("SELECT n FROM items") { try $0.integer(0) } }
            #expect(n == 64)
        }
    }

    @Test("whose rule over many rows holds against others", arguments: DatabaseBackend.allCases)
    func writeSkew(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            let inserted = try await withThrowingTaskGroup { group in
                for id in Int64(0)..<32 {
                    group.addTask {
                        // At most one row: each body looks first, and writes a row that no other touches.
                        try await database.write { connection in
                            let count = try connection.first("SELECT COUNT(*) FROM items") { try $0.integer(0) }
                            guard count == 0 else { return 0 }
                            try Self.insert(id, connection)
                            return 1
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(inserted == 1)
            #expect(try await ids(database).count == 1)
        }
    }

    @Test("reading one state, whatever is written meanwhile", arguments: DatabaseBackend.allCases)
    func snapshot(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            try await database.write { try Self.insert(1, $0) }
            let hasRead = Gate()
            let mayReadAgain = Gate()
            async let counts = database.read { connection in
                let first = try connection.first("SELECT COUNT(*) FROM items") { try $0.integer(0) }
                hasRead.open()
                mayReadAgain.wait()
                let second = try connection.first("SELECT COUNT(*) FROM items") { try $0.integer(0) }
                return [first, second]
            }
            await hasRead.opened()
            try await database.write { try Self.insert(2, $0) }
            mayReadAgain.open()
            #expect(try await counts == [1, 1])
            #expect(try await ids(database) == [1, 2])
        }
    }

    @Test("that reads may not write", arguments: DatabaseBackend.allCases)
    func readOnly(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: [Self.table]) { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.read { try Self.insert(1, $0) }
            }
            #expect(error?.code == .failed)
        }
    }

    @Test("led by one at a time under a name", arguments: DatabaseBackend.allCases)
    func leadership(backend: DatabaseBackend) async throws {
        try await withTestDatabaseURI(backend) { uri in
            let one = try DatabaseLocation.open(uri)
            let other = try DatabaseLocation.open(uri)
            try await one.migrate([Self.table])
            let leads = Gate()
            let mayEnd = Gate()
            async let led = one.tryLead("sealer") { connection in
                leads.open()
                mayEnd.wait()
                try Self.insert(1, connection)
            }
            await leads.opened()
            if backend == .postgresql {
                #expect(try await other.tryLead("sealer") { _ in } == false)
                #expect(try await other.tryLead("another") { _ in } == true)
            }
            mayEnd.open()
            #expect(try await led)
            #expect(try await other.tryLead("sealer") { try Self.insert(2, $0) })
            #expect(try await ids(one) == [1, 2])
            await one.close()
            await other.close()
        }
    }
}
