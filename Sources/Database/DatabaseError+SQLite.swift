import GRDB
import GRDBSQLite
import Glibc

extension DatabaseError {
    static let closed = DatabaseError(.unavailable, "the database is closed")

    static let textWithNUL = DatabaseError(.textWithNUL, "text must not hold the character U+0000")

    /// What the last call on `connection` failed with; `context` is the statement or what was attempted.
    init(sqlite connection: OpaquePointer?, _ context: String) {
        self.init(
            sqliteCode: sqlite3_extended_errcode(connection),
            "\(String(cString: sqlite3_errmsg(connection))), in: \(context)"
        )
    }

    /// What GRDB threw, which is SQLite's result code and message.
    init(_ error: GRDB.DatabaseError) {
        let context = error.sql.map { ", in: \($0)" } ?? ""
        self.init(sqliteCode: error.extendedResultCode.rawValue, (error.message ?? "no message") + context)
    }

    /// `error` as it met whoever opened the file at `path`: says what is wrong with that path.
    init(_ error: DatabaseError, opening path: String) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let reason =
            if !folder.isEmpty, access(folder, F_OK) != 0 {
                "its folder does not exist"
            } else if access(path, F_OK) == 0, access(path, R_OK | W_OK) != 0 {
                "it may not be read and written by this user"
            } else if access(path, F_OK) != 0, access(folder.isEmpty ? "." : folder, W_OK) != 0 {
                "its folder may not be written by this user"
            } else if error.message.contains("file is not a database") {
                "it is not an SQLite database"
            } else {
                error.message
            }
        self.init(error.code, "\(path) can't be opened: \(reason)")
    }

    private init(sqliteCode code: Int32, _ message: String) {
        self.init(Self.kind(ofExtended: code), "\(message) (SQLite \(code))")
    }

    private static func kind(ofExtended code: Int32) -> Code {
        // The extended codes are a byte of cause above a byte of kind: 2067 is UNIQUE (8) over CONSTRAINT (19).
        switch (code & 0xFF, code >> 8) {
        case (SQLITE_CONSTRAINT, 6), (SQLITE_CONSTRAINT, 8), (SQLITE_CONSTRAINT, 10): .uniqueViolation
        case (SQLITE_CONSTRAINT, _): .constraintViolation
        case (SQLITE_FULL, _): .full
        case (SQLITE_BUSY, _), (SQLITE_LOCKED, _), (SQLITE_CANTOPEN, _): .unavailable
        default: .failed
        }
    }
}
