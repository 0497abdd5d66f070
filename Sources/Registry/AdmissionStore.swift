import Database
import Kernel
import Ledger
import Tracking

/// The SQL that takes in what comes from another registry: what is there already stays as it is.
enum AdmissionStore {
    static func insert(_ tags: [Owned<String, Tag>], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO registered_model_tags (name, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            tags.map { [.text($0.owner), .text($0.value.key), .text($0.value.value)] }
        )
    }

    static func insert(_ tags: [(name: String, number: Int, tag: Tag)], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO model_version_tags (name, number, key, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
            """,
            tags.map { [.text($0.name), .integer(Int64($0.number)), .text($0.tag.key), .text($0.tag.value)] }
        )
    }

    static func insert(_ aliases: [Owned<String, ModelAlias>], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO model_aliases (name, alias, number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            aliases.map { [.text($0.owner), .text($0.value.name), .integer(Int64($0.value.number))] }
        )
    }

    // MARK: What is there

    static func versions(
        of names: [String],
        numbered numbers: ClosedRange<Int>,
        on connection: any SQLConnection
    ) throws -> [Subject] {
        guard !names.isEmpty else { return [] }
        return try connection.query(
            """
            SELECT name, number FROM model_versions WHERE is_deleted = 0 AND number BETWEEN $1 AND $2 AND name IN (
            """ + .parameters(from: 3, count: names.count) + ") ORDER BY name, number",
            [.integer(Int64(numbers.lowerBound)), .integer(Int64(numbers.upperBound))] + names.map { .text($0) }
        ) { row in ModelVersion.subject(try row.text(0), Int(try row.integer(1))) }
    }

    /// Whether a version, deleted or not, has the number.
    static func isTaken(_ name: String, _ number: Int, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            "SELECT 1 FROM model_versions WHERE name = $1 AND number = $2",
            [.text(name), .integer(Int64(number))]
        ) { _ in true } ?? false
    }
}
