import CDuckDB
package import NativeLibraries
import Synchronization

/// Queries over Parquet and CSV files, run by DuckDB in memory, one after the other.
///
/// DuckDB is loaded at the first use. It runs on a queue of its own, never on the threads of Swift or of the event
/// loops; queries see the files below the folders named at `init` and nothing else of the machine or the network.
package actor AnalyticsDatabase {
    /// How much a database may use.
    package struct Limits: Sendable {
        /// Bytes that DuckDB may hold; a query that needs more fails with `outOfMemory`.
        package var memoryBytesMax = 512 * 1024 * 1024
        /// Values, that is rows times columns, that one result may have.
        package var valuesMax = 20_000_000
        /// Queries that may wait or run at one time; one more fails with `busy`.
        package var queriesMax = 32
        /// How long a query may wait and run when it is given no deadline.
        package var timeout = Duration.seconds(60)

        /// The usual limits.
        package init() {}
    }

    private let libraries: NativeLibraryCatalog
    private let folders: [String]
    private let limits: Limits
    private let queue = EngineQueue(label: "martlet.analytics")
    private let admitted = Mutex(0)
    private var connection: DuckDBConnection?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// A database that is opened at its first use.
    ///
    /// - Parameters:
    ///   - libraries: where DuckDB is found.
    ///   - folders: absolute paths; what is below them may be read and written.
    ///   - limits: how much it may use.
    package init(libraries: NativeLibraryCatalog, folders: [String], limits: Limits = Limits()) {
        self.libraries = libraries
        self.folders = folders
        self.limits = limits
    }

    /// What a statement gives.
    ///
    /// - Parameters:
    ///   - sql: one statement.
    ///   - parameters: what `$1`, `$2`, … stand for.
    ///   - deadline: when to give up, the time in the queue counted; nil for the usual time from now. It is looked at
    ///     between slices of work; finding out a large CSV file's columns is one slice.
    /// - Returns: all rows; columns of types that are not read have no values, only a count.
    /// - Throws: ``AnalyticsError``; `CancellationError`.
    package nonisolated func query(
        _ sql: AnalyticsSQL,
        _ parameters: [AnalyticsValue] = [],
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> ColumnarResult {
        ColumnarResult(columns: try await perform(deadline) { try $0.run(sql, parameters) })
    }

    /// Runs `body` on the queue when its turn has come.
    nonisolated func perform<Value: Sendable>(
        _ deadline: ContinuousClock.Instant?,
        _ body: @Sendable (AnalyticsSession) throws -> Value
    ) async throws -> Value {
        let deadline = deadline ?? .now + limits.timeout
        let isAdmitted = admitted.withLock { count in
            guard count < limits.queriesMax else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw AnalyticsError(.busy, "\(limits.queriesMax) queries are waiting") }
        defer { admitted.withLock { $0 -= 1 } }
        return try await takeTurn(deadline, body)
    }

    private func takeTurn<Value: Sendable>(
        _ deadline: ContinuousClock.Instant,
        _ body: @Sendable (AnalyticsSession) throws -> Value
    ) throws -> Value {
        do {
            let connection = try open()
            return try body(AnalyticsSession(connection: connection, deadline: deadline, valuesMax: limits.valuesMax))
        } catch let error as AnalyticsError where error.code == .engineBroken {
            connection = nil
            throw error
        }
    }

    private func open() throws -> DuckDBConnection {
        if let connection { return connection }
        let opened = try DuckDBConnection(
            functions: DuckDBLibrary.load(from: libraries),
            memoryBytesMax: limits.memoryBytesMax,
            folders: folders
        )
        connection = opened
        return opened
    }
}

/// The database while it is one caller's turn.
struct AnalyticsSession {
    let connection: DuckDBConnection
    let deadline: ContinuousClock.Instant
    let valuesMax: Int

    /// All that one statement gives.
    func run(_ sql: AnalyticsSQL, _ parameters: [AnalyticsValue] = []) throws -> [Column] {
        try connection.run(sql, parameters, deadline: deadline, valuesMax: valuesMax)
    }
}
