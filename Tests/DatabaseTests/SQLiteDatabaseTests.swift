import Database
import Foundation
import TestSupport
import Testing

@Suite("An SQLite database")
struct SQLiteDatabaseTests {
    private static let table = Migration(
        "V001_blobs",
        ["CREATE TABLE blobs (id BIGINT PRIMARY KEY, bytes BYTEA NOT NULL)"]
    )

    private static func insert(_ id: Int, bytes count: Int, _ database: SQLiteDatabase) async throws {
        let values: [SQLValue] = [.integer(Int64(id)), .blob([UInt8](repeating: 7, count: count))]
        _ = try await database.write { try $0.execute("INSERT INTO blobs VALUES ($1, $2)", values) }
    }

    @Test("says what is wrong with a path")
    func badPaths() async throws {
        try await withTemporaryFolder { folder in
            try Data("this is a letter, not a database; and it is long enough".utf8)
                .write(to: URL(filePath: folder + "/letter"))
            let wrong = [
                ("\(folder)/missing/a.sqlite", "folder does not exist"),
                ("\(folder)/letter", "not an SQLite database"),
                (folder, "can't be opened"),
                ("/proc/martlet.sqlite", "can't be opened"),
            ]
            for (path, message) in wrong {
                let error = #expect(throws: DatabaseError.self) { try SQLiteDatabase(path: path) }
                #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains(path) == true)
            }
        }
    }

    @Test("keeps what it answered, in one file once closed")
    func reopens() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/a.sqlite"
            for id in 1...3 {
                let database = try SQLiteDatabase(path: path)
                try await database.migrate([Self.table])
                try await Self.insert(id, bytes: 10, database)
                let count = try await database.read { try $0.first("SELECT COUNT(*) FROM blobs") { try $0.integer(0) } }
                #expect(count == Int64(id))
                await database.close()
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.sqlite"])
            }
        }
    }

    @Test("syncs each commit, minds foreign keys, and writes ahead")
    func settings() async throws {
        try await withTemporaryFolder { folder in
            let database = try SQLiteDatabase(path: folder + "/a.sqlite")
            let settings = try await database.write { connection in
                [
                    try connection.first("PRAGMA journal_mode") { $0.values[0] },
                    try connection.first("PRAGMA synchronous") { $0.values[0] },
                    try connection.first("PRAGMA foreign_keys") { $0.values[0] },
                ]
            }
            #expect(settings == [.text("wal"), .integer(2), .integer(1)])
            await database.close()
        }
    }

    @Test("uses its log's place again instead of growing it, also under readers that overlap", arguments: [0, 4])
    func logStaysBounded(readerCount: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/a.sqlite"
            let database = try SQLiteDatabase(path: path, configuration: .init(checkpointPages: 64))
            try await database.migrate([Self.table])
            try await withThrowingTaskGroup { group in
                for _ in 0..<readerCount {
                    group.addTask {
                        while !Task.isCancelled {
                            _ = try await database.read { try $0.query("SELECT id FROM blobs", []) { $0.values } }
                        }
                    }
                }
                for id in 0..<200 { try await Self.insert(id, bytes: 100_000, database) }
                group.cancelAll()
                try await group.waitForAll()
            }
            // 20 MB went through a log of 64 pages, or eight times as many when it has to wait for readers.
            let size = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
            #expect(try #require(size) < (readerCount == 0 ? 600_000 : 2_600_000), "\(size ?? 0)")
            await database.close()
        }
    }

    @Test("refuses writes and reads past its bound")
    func queueBound() async throws {
        try await withTemporaryFolder { folder in
            let database = try SQLiteDatabase(
                path: folder + "/a.sqlite",
                configuration: .init(readers: 1, queueDepthMax: 2)
            )
            let calls: [@Sendable (@escaping Body) async throws -> Int] = [
                { try await database.write($0) }, { try await database.read($0) },
            ]
            for call in calls {
                let started = Gate()
                let mayEnd = Gate()
                async let first = call { _ in
                    started.open()
                    mayEnd.wait()
                    return 1
                }
                await started.opened()
                let outcomes = await withTaskGroup { group in
                    for _ in 0..<5 { group.addTask { await outcome(of: call) } }
                    var outcomes: [Int] = []
                    for await outcome in group {
                        outcomes.append(outcome)
                        // Three were refused while the first holds its place and two wait: now it may go.
                        if outcomes == [0, 0, 0] { mayEnd.open() }
                    }
                    return outcomes
                }
                #expect(outcomes == [0, 0, 0, 1, 1])
                #expect(try await first == 1)
            }
            await database.close()
        }
    }

    private typealias Body = @Sendable (any SQLConnection) throws -> Int

    /// 1 for an answer, 0 for a refusal.
    private func outcome(of call: @Sendable (@escaping Body) async throws -> Int) async -> Int {
        do {
            return try await call { _ in 1 }
        } catch let error as DatabaseError where error.code == .unavailable {
            return 0
        } catch {
            return -1
        }
    }

    @Test("says that it is full, reads on, and writes again when there is room")
    func pagesFull() async throws {
        try await withTemporaryFolder { folder in
            let database = try SQLiteDatabase(path: folder + "/a.sqlite")
            try await database.migrate([Self.table])
            try await Self.insert(0, bytes: 100, database)
            _ = try await database.write { try $0.query("PRAGMA max_page_count = 64", []) { $0.values } }
            let error = await #expect(throws: DatabaseError.self) {
                try await Self.insert(1, bytes: 1_000_000, database)
            }
            #expect(error?.code == .full)
            try await Self.insert(2, bytes: 100, database)
            _ = try await database.write { try $0.query("PRAGMA max_page_count = 100000", []) { $0.values } }
            try await Self.insert(3, bytes: 1_000_000, database)
            #expect(try await Self.ids(database) == [0, 2, 3])
            await database.close()
        }
    }

    @Test("outlives a full disk", .enabled(if: geteuid() == 0, "only root may mount"))
    func diskFull() async throws {
        try await withTemporaryFolder { folder in
            guard try await run("/bin/mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]) == 0 else {
                // A container without the right to mount: `pagesFull` covers what can be covered.
                return
            }
            let result: Result<Void, any Error>
            do {
                result = .success(try await fillAndEmpty(folder))
            } catch {
                result = .failure(error)
            }
            #expect(try await run("/bin/umount", [folder]) == 0)
            try result.get()
        }
    }

    private func fillAndEmpty(_ folder: String) async throws {
        let database = try SQLiteDatabase(path: folder + "/a.sqlite")
        try await database.migrate([Self.table])
        let ballast = folder + "/ballast"
        try Data(count: 3_000_000).write(to: URL(filePath: ballast))
        var stored: [Int64] = []
        var error: DatabaseError?
        while error == nil, stored.count < 100 {
            do {
                try await Self.insert(stored.count, bytes: 50_000, database)
                stored.append(Int64(stored.count))
            } catch let full as DatabaseError {
                error = full
            }
        }
        #expect(error?.code == .full, "\(error?.message ?? "no error")")
        #expect(try await Self.ids(database) == stored)
        try FileManager.default.removeItem(atPath: ballast)
        try await Self.insert(1000, bytes: 200_000, database)
        #expect(try await Self.ids(database) == stored + [1000])
        await database.close()
    }

    private static func ids(_ database: SQLiteDatabase) async throws -> [Int64] {
        try await database.read { try $0.query("SELECT id FROM blobs ORDER BY id", []) { try $0.integer(0) } }
    }

    private func run(_ program: String, _ arguments: [String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
