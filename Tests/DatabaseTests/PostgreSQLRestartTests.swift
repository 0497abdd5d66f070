import Database
import Foundation
import Synchronization
import Testing

@Suite("A PostgreSQL server that crashes under load")
struct PostgreSQLRestartTests {
    @Test("loses nothing that was answered, and is used again when it is back", .timeLimit(.minutes(2)))
    func restart() async throws {
        let server = OwnServer()
        let database = try PostgreSQLDatabase(url: await server.start())
        try await database.migrate([Migration("V001_items", ["CREATE TABLE items (id BIGINT PRIMARY KEY)"])])
        let tally = Tally()
        try await withThrowingTaskGroup { group in
            for writer in Int64(0)..<8 {
                group.addTask { try await write(from: writer, by: 8, database, tally) }
            }
            await tally.isUnderWay.opened()
            try await server.crashAndRestart()
            try await group.waitForAll()
        }
        let stored = try await database.read { connection in
            Set(try connection.query("SELECT id FROM items", []) { try $0.integer(0) })
        }
        #expect(stored.isSuperset(of: tally.answered.withLock { $0 }))
        await database.close()
        await server.stop()
    }

    private final class Tally: Sendable {
        let answered = Mutex<[Int64]>([])
        let unavailableCount = Mutex(0)
        let isUnderWay = Gate()
    }

    /// Writes ids, one a write, until twenty went through after the first that did not.
    private func write(
        from first: Int64,
        by stride: Int64,
        _ database: PostgreSQLDatabase,
        _ tally: Tally
    ) async throws {
        var answeredAfterwards = 0
        var id = first
        while answeredAfterwards < 20 {
            id += stride
            let values = [SQLValue.integer(id)]
            do {
                _ = try await database.write { try $0.execute("INSERT INTO items VALUES ($1)", values) }
                let count = tally.answered.withLock { answered in
                    answered.append(id)
                    return answered.count
                }
                if count == 100 { tally.isUnderWay.open() }
                if tally.unavailableCount.withLock({ $0 }) > 0 { answeredAfterwards += 1 }
            } catch let error as DatabaseError {
                #expect(error.code == .unavailable, "\(error.message)")
                tally.unavailableCount.withLock { $0 += 1 }
            }
        }
    }
}

/// A server for this test alone, by `Scripts/with-postgres`, since others would notice its end.
private struct OwnServer {
    private let script = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let ended = Gate()

    /// Starts the server; answers its URL.
    func start() async throws -> String {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../..").standardized
        script.executableURL = root.appending(path: "Scripts/with-postgres")
        // Restarted from here and not by a `Process`, which would take the new server for its child's continuation.
        let serve = """
            echo "$MARTLET_TEST_POSTGRES_URL"
            while read -r _; do
                cd / && $MARTLET_TEST_POSTGRES_CTL restart -D "$MARTLET_TEST_POSTGRES_DATA" -m immediate -w \\
                    -l "$MARTLET_TEST_POSTGRES_DATA/restart.log" >/dev/null && echo restarted
            done
            """
        script.arguments = ["sh", "-c", serve]
        script.standardInput = input
        script.standardOutput = output
        script.terminationHandler = { [ended] _ in ended.open() }
        try script.run()
        return try await line()
    }

    /// Ends the server as a crash would, without a last checkpoint, and starts it again.
    func crashAndRestart() async throws {
        try input.fileHandleForWriting.write(contentsOf: Data("restart\n".utf8))
        #expect(try await line() == "restarted")
    }

    func stop() async {
        input.fileHandleForWriting.closeFile()
        await ended.opened()
    }

    /// The next line that the script writes, awaited off Swift's pool.
    private func line() async throws -> String {
        let output = output.fileHandleForReading
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                let data = output.availableData
                let text = String(decoding: data, as: UTF8.self)
                if data.isEmpty {
                    continuation.resume(throwing: CocoaError(.fileReadUnknown))
                } else {
                    continuation.resume(returning: text.split(separator: "\n").first.map(String.init) ?? "")
                }
            }
        }
    }
}
