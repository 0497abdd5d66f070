package import Database
import Kernel
package import Logging
import ServiceLifecycle
import Synchronization

/// Every prediction, kept in a database of its own.
///
/// A request only puts its values into a buffer; one background task writes them, some hundred milliseconds later, many
/// in one transaction. The buffer is bounded: when the database is too slow or away, the newest predictions are not
/// logged, and ``Counts/dropped`` says how many. So it does of a prediction that the database can't hold. What lies in
/// the buffer when the process is killed is lost; a graceful end writes it.
package final class PredictionLog: Service, Sendable {
    /// The bounds of a log.
    package struct Limits: Sendable {
        /// The most predictions in the buffer.
        package var recordsMax = 131_072
        /// About the most memory that the buffer may hold.
        package var bytesMax = 64 * 1024 * 1024
        /// The predictions written in one statement; as soon as there are so many they are written.
        package var batchMax = 1_000
        /// The longest time that a prediction waits to be written while the database keeps up.
        package var delay = Duration.milliseconds(200)
        /// How long to wait after the database has refused.
        package var retryDelay = Duration.seconds(1)
        /// The most predictions that a window gives.
        package var windowRowsMax = 100_000
        /// The most predictions that a series looks at; so many take about a quarter of a second.
        package var seriesRowsMax = 50_000

        /// The defaults.
        package init() {}
    }

    /// What the log has done since the server started.
    package struct Counts: Sendable, Hashable {
        /// Predictions in the database.
        package fileprivate(set) var written: UInt64 = 0
        /// Predictions that are not logged: they found the buffer full, or the database can't hold them.
        package fileprivate(set) var dropped: UInt64 = 0
        /// Times that the database refused; what was refused is tried again.
        package fileprivate(set) var failures: UInt64 = 0
        /// Predictions in the buffer now.
        package fileprivate(set) var buffered = 0
    }

    private struct Buffer {
        var entries: [PredictionEntry] = []
        /// The predictions in `entries`; those on their way to the database are in `counts` alone.
        var waiting = 0
        var counts = Counts()
        var bytes = 0
        var isEnding = false
    }

    /// nil where nothing is kept.
    private let database: (any SQLDatabase)?
    let limits: Limits
    private let logger: Logger
    private let buffer = Mutex(Buffer())
    private let turn = Turn()
    private let started = WakeUp()
    private let full = WakeUp()

    /// A log in `database`, which has ``ServingSchema/predictionMigrations``.
    package init(database: any SQLDatabase, logger: Logger, limits: Limits = Limits()) {
        self.database = database
        self.logger = logger
        self.limits = limits
    }

    /// A log that keeps nothing: what is put into it is forgotten at once.
    package init(keepingNothing logger: Logger) {
        database = nil
        self.logger = logger
        limits = Limits()
    }

    /// Where predictions are kept.
    ///
    /// - Throws: `NOT_IMPLEMENTED` where nothing is.
    func kept() throws -> any SQLDatabase {
        guard let database else { throw MartletError(.notImplemented, "This server keeps no log of predictions.") }
        return database
    }

    /// What the log has done so far.
    package var counts: Counts { buffer.withLock { $0.counts } }

    /// Puts `entry` into the buffer, or as many of its rows as there is room for; never waits.
    func append(_ entry: PredictionEntry) {
        guard database != nil else { return }
        let (isFirst, isFull) = buffer.withLock { buffer in
            let before = buffer.waiting
            let room = buffer.bytes < limits.bytesMax ? limits.recordsMax - buffer.counts.buffered : 0
            let accepted = min(entry.ids.count, max(0, room))
            buffer.counts.dropped += UInt64(entry.ids.count - accepted)
            guard accepted > 0 else { return (false, false) }
            for first in stride(from: 0, to: accepted, by: limits.batchMax) {
                let part = entry.part(first..<min(accepted, first + limits.batchMax))
                buffer.entries.append(part)
                buffer.bytes += part.sizeBytes
            }
            buffer.waiting += accepted
            buffer.counts.buffered += accepted
            return (before == 0, before < limits.batchMax && buffer.waiting >= limits.batchMax)
        }
        if isFirst { started.call() }
        if isFull { full.call() }
    }

    /// Writes what comes until the server ends, and what is left then.
    package func run() async throws {
        await withGracefulShutdownHandler {
            while !isEnding {
                await started.wait()
                if isEnding { break }
                await full.wait(upTo: limits.delay)
                await flushOrRetry()
            }
        } onGracefulShutdown: {
            self.buffer.withLock { $0.isEnding = true }
            self.started.call()
            self.full.call()
        }
        // A cancelled task can write no more; what is left deserves one that is not.
        try await Task { try await self.flush() }.value
    }

    /// Writes everything that was appended before the call.
    ///
    /// - Throws: ``DatabaseError``; then what was not written is in the buffer again. `CancellationError` when the task is
    ///   cancelled while others write.
    package func flush() async throws {
        guard let database else { return }
        try await turn.take {
            var entries = self.buffer.withLock { buffer in
                defer {
                    buffer.entries = []
                    buffer.waiting = 0
                }
                return buffer.entries
            }[...]
            while !entries.isEmpty {
                let batch = self.takeBatch(&entries)
                do {
                    try await self.write(batch, to: database)
                } catch let error as DatabaseError where error.code == .textWithNUL {
                    try await self.writeOneByOne(batch, before: entries, to: database)
                } catch {
                    self.putBack(batch[...] + entries)
                    throw error
                }
            }
        }
    }

    private var isEnding: Bool {
        Task.isCancelled || buffer.withLock { $0.isEnding }
    }

    private func flushOrRetry() async {
        do {
            try await flush()
        } catch {
            logger.warning("predictions could not be logged yet", metadata: ["error": "\(error)"])
            await full.wait(upTo: limits.retryDelay)
            started.call()
        }
    }

    private func takeBatch(_ entries: inout ArraySlice<PredictionEntry>) -> [PredictionEntry] {
        var count = 0
        let batch = entries.prefix { entry in
            defer { count += entry.ids.count }
            return count == 0 || count + entry.ids.count <= limits.batchMax
        }
        entries = entries.dropFirst(batch.count)
        return Array(batch)
    }

    private func write(_ batch: [PredictionEntry], to database: any SQLDatabase) async throws {
        // Rendering is done here, on the database's thread, for it takes milliseconds.
        try await database.write { try PredictionStore.insert(batch.flatMap(\.records), on: $0) }
        noteWritten(batch)
    }

    /// Writes what was refused together, but for what is refused alone too: asked again it would be refused again, and
    /// nothing after it ever be written.
    private func writeOneByOne(
        _ batch: [PredictionEntry],
        before rest: ArraySlice<PredictionEntry>,
        to database: any SQLDatabase
    ) async throws {
        for (index, entry) in batch.enumerated() {
            do {
                try await write([entry], to: database)
            } catch let error as DatabaseError where error.code == .textWithNUL {
                drop(entry, because: error)
            } catch {
                putBack(batch[index...] + rest)
                throw error
            }
        }
    }

    private func putBack(_ entries: ArraySlice<PredictionEntry>) {
        buffer.withLock { buffer in
            buffer.entries = entries + buffer.entries
            buffer.waiting += entries.reduce(0) { $0 + $1.ids.count }
            buffer.counts.failures += 1
        }
    }

    private func drop(_ entry: PredictionEntry, because error: DatabaseError) {
        logger.error("a prediction can't be logged", metadata: ["error": "\(error)"])
        buffer.withLock { buffer in
            buffer.counts.dropped += UInt64(entry.ids.count)
            buffer.counts.buffered -= entry.ids.count
            buffer.bytes -= entry.sizeBytes
        }
    }

    private func noteWritten(_ batch: [PredictionEntry]) {
        let records = batch.reduce(0) { $0 + $1.ids.count }
        let bytes = batch.reduce(0) { $0 + $1.sizeBytes }
        buffer.withLock { buffer in
            buffer.counts.written += UInt64(records)
            buffer.counts.buffered -= records
            buffer.bytes -= bytes
        }
    }
}

// MARK: Reading

extension PredictionLog {
    /// The predictions of an endpoint in `window` that were answered rightly, newest first, those in the buffer too.
    ///
    /// At most ``Limits/windowRowsMax``, the newest.
    /// - Throws: ``DatabaseError``.
    package func rows(endpoint: String, window: PredictionWindow) async throws -> [PredictionRecord] {
        try await flush()
        let limit = limits.windowRowsMax
        return try await kept().read { connection in
            switch window {
            case .lastRows(let count):
                try PredictionStore.newest(min(max(0, count), limit), of: endpoint, on: connection)
            case .between(let start, let end):
                try PredictionStore.answered(by: endpoint, from: start, to: end, limit: limit, on: connection)
            }
        }
    }

    /// A page of predictions and failures, newest first, those in the buffer too unless the database refuses them.
    ///
    /// - Parameters:
    ///   - filter: which are meant.
    ///   - mark: where the page begins, nil at the newest.
    ///   - limit: the size of the page, from 1 to 1000.
    /// - Returns: the page.
    /// - Throws: ``DatabaseError``.
    package func page(
        _ filter: PredictionFilter = PredictionFilter(),
        after mark: PredictionPage.PageMark? = nil,
        limit: Int = 100
    ) async throws -> PredictionPage {
        precondition((1...1_000).contains(limit), "a page has 1 to 1000 predictions")
        // What a full disk takes no more must not hide what is there; counts and the server's log tell of it.
        do { try await flush() } catch is DatabaseError {}
        let records = try await kept().read { connection in
            try PredictionStore.page(filter, before: mark?.text, limit: limit + 1, on: connection)
        }
        let shown = Array(records.prefix(limit))
        let next = records.count > limit ? shown.last.map { PredictionPage.PageMark(after: $0.requestID) } : nil
        return PredictionPage(records: shown, next: next)
    }
}
