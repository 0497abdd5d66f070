/// Where a database is, as a URI in SQLAlchemy's spelling.
package enum DatabaseLocation {
    /// The database at `uri`: `sqlite:///relative/path`, `sqlite:////absolute/path`,
    /// `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, with or without a driver as in `postgresql+psycopg2://`.
    ///
    /// - Throws: ``DatabaseError`` for another scheme, a database in memory, or what ``SQLiteDatabase`` and
    ///   ``PostgreSQLDatabase`` throw.
    package static func open(_ uri: String) throws(DatabaseError) -> any SQLDatabase {
        try isSQLite(uri) ? SQLiteDatabase(path: sqlitePath(uri)) : postgreSQL(uri)
    }

    /// Refuses a URI that names no database of a kind that is known; whether it can be opened is not looked at.
    ///
    /// - Throws: ``DatabaseError``.
    package static func check(_ uri: String) throws(DatabaseError) {
        if isSQLite(uri) { _ = try sqlitePath(uri) } else { try checkIsPostgreSQL(uri) }
    }

    /// The path of the SQLite file that `uri` names; nil when it names none.
    package static func file(_ uri: String) -> String? {
        guard isSQLite(uri) else { return nil }
        do { return try sqlitePath(uri) } catch { return nil }
    }

    /// Whether `uri` names an SQLite file.
    static func isSQLite(_ uri: String) -> Bool { scheme(uri) == "sqlite" }

    /// The PostgreSQL database at `uri`.
    static func postgreSQL(
        _ uri: String,
        _ configuration: PostgreSQLDatabase.Configuration = .init()
    ) throws(DatabaseError) -> PostgreSQLDatabase {
        try checkIsPostgreSQL(uri)
        return try PostgreSQLDatabase(url: uri, configuration: configuration)
    }

    private static func checkIsPostgreSQL(_ uri: String) throws(DatabaseError) {
        guard ["postgresql", "postgres"].contains(scheme(uri)) else {
            // The rest of an unknown URI may hold a password.
            throw DatabaseError(
                .failed,
                "the database URI must begin with sqlite:/// or postgresql://, not \(uri.prefix { $0 != ":" })"
            )
        }
    }

    private static func scheme(_ uri: String) -> Substring {
        uri.prefix { $0 != ":" && $0 != "+" }
    }

    /// The path of the file that `uri` names.
    static func sqlitePath(_ uri: String) throws(DatabaseError) -> String {
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
