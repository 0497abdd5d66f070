import CLibPQ

/// Where a PostgreSQL server is and who we are there: a URL taken apart by libpq. Never shown: it has the password.
struct PostgreSQLAddress: Sendable {
    /// libpq's connection keywords and their values.
    let keywords: [String]
    let values: [String]
    private let password: String?

    /// Takes `url` apart: `postgresql://user:password@host:port/database?option=value`, also `postgres://`, and
    /// SQLAlchemy's `postgresql+driver://`, whose driver is dropped.
    ///
    /// - Throws: ``DatabaseError`` `.failed`, which says nothing of what is in the URL.
    init(url: String) throws(DatabaseError) {
        guard let separator = url.firstRange(of: "://") else { throw .badURL }
        let scheme = url[..<separator.lowerBound].prefix { $0 != "+" }
        guard scheme == "postgresql" || scheme == "postgres" else { throw .badURL }
        // What libpq says of a malformed URL can quote a part of the password, so it is not passed on.
        guard let options = PQconninfoParse("postgresql://" + url[separator.upperBound...], nil) else { throw .badURL }
        defer { PQconninfoFree(options) }

        var found: [String: String] = [
            "connect_timeout": "10", "client_encoding": "UTF8", "fallback_application_name": "martlet",
            // A host that is gone without a word is noticed within a minute.
            "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "30000",
        ]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { found[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        // These come of a password that was not percent-encoded, and libpq would quote it in its complaints later.
        let isPlain = ["host", "dbname"].allSatisfy { found[$0]?.contains("@") != true }
        guard isPlain, (found["port"] ?? "").allSatisfy({ $0.isNumber || $0 == "," }) else { throw .badURL }
        password = found["password"]
        keywords = found.keys.sorted()
        values = keywords.map { found[$0] ?? "" }
    }

    /// `text` without the password, should the server or libpq have quoted it.
    func redacted(_ text: String) -> String {
        guard let password, !password.isEmpty else { return text }
        return text.replacing(password, with: "…")
    }
}

extension DatabaseError {
    fileprivate static let badURL = DatabaseError(
        .failed,
        "the database URL is not of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE; "
            + "characters such as @ : / % in the user or password must be percent-encoded"
    )
}
