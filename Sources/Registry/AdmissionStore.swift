import Database
import Kernel
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
}
