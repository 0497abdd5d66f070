/// A database in an SQLite file, with a write-ahead log: one writer, several readers, none waits for the other.
///
/// Concurrent writes share one commit and so one sync of the disk; what a write answered is on the disk
/// (`synchronous = FULL`). The file belongs to one process at a time as far as speed goes; other processes may read
/// it, and may write to it for moments.
package final class SQLiteDatabase: SQLDatabase {
    /// How many connections there are, and how much may wait for them.
    package struct Configuration: Sendable {
        /// Connections for reads, each with a thread of its own.
        package var readers: Int
        /// Writes that may wait while others are committed, and reads that may wait for a reader; more are refused
        /// with `.unavailable`.
        package var queueDepthMax: Int
        /// How long to wait for another process that holds the file, in milliseconds.
        package var busyTimeoutMs: Int

        /// Pages of 4 KiB that the write-ahead log gains before it is copied into the file: a quarter of them when no
        /// write waits. Readers that always overlap keep it from starting over; at eight times as many it waits for
        /// those that it has.
        package var checkpointPages: Int

        /// Four readers, 4,096 waiting, 5 seconds for another process, 16 MiB of log.
        package init(
            readers: Int = 4,
            queueDepthMax: Int = 4096,
            busyTimeoutMs: Int = 5000,
            checkpointPages: Int = 4096
        ) {
            self.readers = readers
            self.queueDepthMax = queueDepthMax
            self.busyTimeoutMs = busyTimeoutMs
            self.checkpointPages = checkpointPages
        }
    }

    private let writer: SQLiteWriter
    private let readers: ConnectionPool<SQLiteConnection>

    /// Opens the file at `path`, and makes it when it is missing; its folder must exist.
    ///
    /// Blocks for a moment: it reads the file's first pages, and after a crash the write-ahead log.
    /// - Throws: ``DatabaseError`` that names the path when its folder is missing, the file or folder may not be
    ///   written, or the file is no SQLite database.
    package init(path: String, configuration: Configuration = Configuration()) throws(DatabaseError) {
        let timeout = Int32(clamping: configuration.busyTimeoutMs)
        // The writer comes first: it makes the file and its log, which readers only open.
        let writing = try SQLiteConnection(path: path, isReadOnly: false, busyTimeoutMs: timeout)
        var reading: [SQLiteConnection] = []
        for _ in 0..<max(1, configuration.readers) {
            reading.append(try SQLiteConnection(path: path, isReadOnly: true, busyTimeoutMs: timeout))
        }
        writer = SQLiteWriter(writing, configuration)
        readers = ConnectionPool(reading, queueDepthMax: configuration.queueDepthMax)
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await readers.read(body)
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            writer.submit(PendingBody(body, continuation))
        }
    }

    package func tryLead(
        _ name: StaticString,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Void
    ) async throws -> Bool {
        // One process owns the file, so there is nobody to lead it but this one.
        try await write(body)
        return true
    }

    package func migrate(_ migrations: [Migration]) async throws {
        try await Migrator(clustered: "WITHOUT ROWID") { try await self.write($0) }.apply(migrations)
    }

    package func close() async {
        await readers.close()
        await writer.close()
    }
}

extension ConnectionPool<SQLiteConnection> {
    /// What `body` reads in a transaction of its own.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await run { connection in
            try connection.control("BEGIN")
            do {
                let result = try connection.run(body)
                try connection.control("COMMIT")
                return result
            } catch {
                try connection.rollback()
                throw error
            }
        }
    }
}
