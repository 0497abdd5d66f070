/// Where a database is, as a URI in SQLAlchemy's spelling.
package enum DatabaseLocation {
    /// The database at `uri`: `sqlite:///relative/path`, `sqlite:////absolute/path`,
    /// `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, with or without a driver as in `postgresql+psycopg2://`.
    ///
    /// - Throws: ``DatabaseError`` for another scheme, a database in memory, or what ``SQLiteDatabase`` and
    ///   ``PostgreSQLDatabase`` throw.
    package static func open(_ uri: String) throws(DatabaseError) -> any SQLDatabase {
        switch uri.prefix(while: { $0 != ":" && $0 != "+" }) {
        case "sqlite": try SQLiteDatabase(path: sqlitePath(uri))
        case "postgresql", "postgres": try PostgreSQLDatabase(url: uri)
        default:
            // The rest of an unknown URI may hold a password.
            throw DatabaseError(
                .failed,
                "the database URI must begin with sqlite:/// or postgresql://, not \(uri.prefix { $0 != ":" })"
            )
        }
    }

    private static func sqlitePath(_ uri: String) throws(DatabaseError) -> String {
        guard let start = uri.firstRange(of: ":///")?.upperBound, start < uri.endIndex else {
            throw DatabaseError(.failed, "\(uri) names no file: write sqlite:///relative or sqlite:////absolute")
        }
        let path = String(uri[start...])
        guard path != ":memory:", !path.contains("?"), !path.hasPrefix("file:") else {
            throw DatabaseError(.failed, "\(uri) must name a file alone: neither a database in memory nor options")
        }
        return path
    }
}
