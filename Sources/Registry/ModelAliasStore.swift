import Database
import Kernel

/// The SQL of the names that point to versions.
enum ModelAliasStore {
    /// Points `alias` to a version, away from the one that it pointed to.
    static func set(_ alias: String, of name: String, to number: Int, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO model_aliases (name, alias, number) VALUES ($1, $2, $3)
            ON CONFLICT (name, alias) DO UPDATE SET number = excluded.number
            """,
            [.text(name), .text(alias), .integer(Int64(number))]
        )
    }

    /// The number of the version that `alias` points to, nil when there is no such alias.
    static func find(_ alias: String, of name: String, on connection: any SQLConnection) throws -> Int? {
        try connection.first(
            "SELECT number FROM model_aliases WHERE name = $1 AND alias = $2",
            [.text(name), .text(alias)]
        ) { Int(try $0.integer(0)) }
    }

    /// Answers whether the alias was there.
    static func delete(_ alias: String, of name: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM model_aliases WHERE name = $1 AND alias = $2",
            [.text(name), .text(alias)]
        ) > 0
    }

    static func deleteAll(of name: String, _ number: Int, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM model_aliases WHERE name = $1 AND number = $2",
            [.text(name), .integer(Int64(number))]
        )
    }

    static func aliases(of names: [String], on connection: any SQLConnection) throws -> [String: [ModelAlias]] {
        let rows = try connection.query(
            "SELECT name, alias, number FROM model_aliases WHERE name IN ("
                + .parameters(from: 1, count: names.count) + ") ORDER BY name, alias",
            names.map { .text($0) }
        ) { row in
            (model: try row.text(0), alias: ModelAlias(name: try row.text(1), number: Int(try row.integer(2))))
        }
        return Dictionary(grouping: rows, by: \.model).mapValues { $0.map(\.alias) }
    }
}
