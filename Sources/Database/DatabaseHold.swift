import Glibc

/// A say over a whole database that outlasts transactions, for work of minutes that other such work must not meet.
///
/// Several processes may share one, or one has it alone. On SQLite it is a lock on a file beside the database's, on
/// PostgreSQL a lock of a session of its own; both end with the process, however that ends.
package final class DatabaseHold: Sendable {
    private enum Holder {
        case file(Int32)
        case session(PostgreSQLDatabase)
    }

    private let holder: Holder

    private init(_ holder: Holder) {
        self.holder = holder
    }

    /// What `body` answers while the database at `uri`, spelled as for ``DatabaseLocation/open(_:)``, is held: with
    /// others that share it, or alone.
    ///
    /// Nothing is waited for: where another process is in the way, `refusal` is thrown.
    /// - Throws: `refusal`; ``DatabaseError`` when the database can't be held; what `body` throws.
    package static func during<Value>(
        _ uri: String,
        isShared: Bool,
        orElse refusal: any Error,
        _ body: () async throws -> Value
    ) async throws -> Value {
        guard let hold = try await take(uri, isShared: isShared) else { throw refusal }
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        await hold.release()
        return try outcome.get()
    }

    private static func take(_ uri: String, isShared: Bool) async throws -> DatabaseHold? {
        if DatabaseLocation.isSQLite(uri) { return try lockFile(beside: DatabaseLocation.sqlitePath(uri), isShared) }
        let database = try DatabaseLocation.postgreSQL(uri, PostgreSQLDatabase.Configuration(connections: 1))
        let isHeld: Bool
        do {
            isHeld = try await database.hold("database", isShared: isShared)
        } catch {
            await database.close()
            throw error
        }
        if isHeld { return DatabaseHold(.session(database)) }
        await database.close()
        return nil
    }

    /// SQLite's own locks on the database's file would be lost if that were opened and closed here.
    private static func lockFile(beside path: String, _ isShared: Bool) throws -> DatabaseHold? {
        let file = open(path + "-hold", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw DatabaseError(.unavailable, "\(path)-hold can't be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(file, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
            close(file)
            return nil
        }
        return DatabaseHold(.file(file))
    }

    private func release() async {
        switch holder {
        case .file(let file): close(file)
        case .session(let database): await database.close()
        }
    }
}
