import Database
import Foundation

/// What concurrent single-row writes gain by sharing commits, and what the hot writes cost.
///
///     swift run -c release GroupCommitBenchmark [URI…]
///
/// Each URI names a database to write to, in which the benchmark makes the table `group_commit_benchmark` and
/// empties it at the end; without any it is an SQLite file in a temporary folder. On a file system in memory, such as
/// `sqlite:////dev/shm/benchmark.sqlite`, a sync costs nothing, and what is left is our own cost.
@main
struct GroupCommitBenchmark {
    private static let writerCount = 64
    private static let writesPerWriter = 100
    private static let batchRowCount = 1000

    static func main() async throws {
        let uris = CommandLine.arguments.dropFirst()
        guard uris.isEmpty else {
            for uri in uris { try await measure(uri) }
            return
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-benchmark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        try await measure("sqlite:///\(folder.path)/benchmark.sqlite")
        try FileManager.default.removeItem(at: folder)
    }

    private static func measure(_ uri: String) async throws {
        let database = try DatabaseLocation.open(uri)
        print("\(uri.prefix { $0 != ":" })")
        try await database.migrate([table])
        // The log is at its length and the statements are compiled, as in a server that has been up for a while.
        for round in 0..<30 { try await insertBatch(run: "warm-up \(round)", database) }
        let ratio = try await measureWriters(database)
        print("  ratio: \(ratio.formatted(.number.precision(.fractionLength(1))))")
        try await measureBatch(database)
        try await measureBody(database)
        _ = try await database.write { try $0.execute("DELETE FROM group_commit_benchmark") }
        await database.close()
    }

    /// The same writes one after another, then by 64 writers at once; answers how many times faster that is.
    private static func measureWriters(_ database: any SQLDatabase) async throws -> Double {
        var latencies: [Duration] = []
        let total = writerCount * writesPerWriter
        let alone = try await ContinuousClock().measure {
            for step in 0..<total {
                latencies.append(try await ContinuousClock().measure { try await insertRow("alone", step, database) })
            }
        }
        latencies.sort()
        print("  one after another: \(rate(total, alone)), \(micros(latencies[total / 2])) median, ", terminator: "")
        print("\(micros(latencies[total * 99 / 100])) p99")
        let together = try await ContinuousClock().measure {
            try await withThrowingTaskGroup { group in
                for writer in 0..<writerCount {
                    group.addTask {
                        for step in 0..<writesPerWriter { try await insertRow("writer \(writer)", step, database) }
                    }
                }
                try await group.waitForAll()
            }
        }
        print("  \(writerCount) at once: \(rate(total, together))")
        return alone / together
    }

    private static func measureBatch(_ database: any SQLDatabase) async throws {
        var times: [Duration] = []
        for round in 0..<50 {
            times.append(try await ContinuousClock().measure { try await insertBatch(run: "batch \(round)", database) })
        }
        times.sort()
        print("  \(batchRowCount) rows in a batch, with its commit: \(micros(times[25])) median, ", terminator: "")
        print("\(micros(times[49])) most")
    }

    /// The cost of rows inside a body, without the commit; in processor time, which other programs leave alone.
    private static func measureBody(_ database: any SQLDatabase) async throws {
        let count = 10_000
        let (one, batch) = try await database.write { connection in
            let one = try processorTime { for step in 0..<count { try connection.execute(insert, row("one", step)) } }
            let rows = (0..<count).map { row("many", $0) }
            return (one, try processorTime { try connection.executeBatch(insert, rows) })
        }
        print("  processor time inside a body: \(micros(one / count)) a row by execute, ", terminator: "")
        print("\(micros(batch / (count / batchRowCount))) for \(batchRowCount) rows by executeBatch")
    }

    private static let table = Migration(
        "benchmark.V001",
        [
            """
            CREATE TABLE group_commit_benchmark (
                run_id TEXT NOT NULL, key BIGINT NOT NULL, step BIGINT NOT NULL, timestamp BIGINT NOT NULL,
                value DOUBLE PRECISION, is_nan SMALLINT NOT NULL, PRIMARY KEY (run_id, key, step, timestamp)
            ) {clustered}
            """
        ]
    )

    private static let insert: SQLText = """
        INSERT INTO group_commit_benchmark (run_id, key, step, timestamp, value, is_nan) VALUES ($1, $2, $3, $4, $5, $6)
        """

    private static func row(_ run: String, _ step: Int) -> [SQLValue] {
        let timestamp = Int64(1_767_225_600_000 + step)
        return [.text(run), .integer(1), .integer(Int64(step)), .integer(timestamp), .double(0.25), .flag(false)]
    }

    private static func insertRow(_ run: String, _ step: Int, _ database: any SQLDatabase) async throws {
        _ = try await database.write { try $0.execute(insert, row(run, step)) }
    }

    private static func insertBatch(run: String, _ database: any SQLDatabase) async throws {
        let rows = (0..<batchRowCount).map { row(run, $0) }
        try await database.write { try $0.executeBatch(insert, rows) }
    }

    /// What this thread computed for `work`; on PostgreSQL the server's part is not in it.
    private static func processorTime(_ work: () throws -> Void) rethrows -> Duration {
        func now() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
        }
        let start = now()
        try work()
        return now() - start
    }

    private static func rate(_ count: Int, _ time: Duration) -> String {
        "\(Int(Double(count) / (time / .seconds(1)))) writes/s"
    }

    private static func micros(_ time: Duration) -> String {
        "\((time / .microseconds(1)).formatted(.number.precision(.fractionLength(1)))) µs"
    }
}
