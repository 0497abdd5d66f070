import Database
import Kernel

/// The SQL of activities and their chain.
enum ActivityStore {
    static func insert(_ activity: NewActivity, id: String, at time: Timestamp, on connection: any SQLConnection) throws
    {
        try connection.execute(
            """
            INSERT INTO activities (id, at, actor, action, subject_kind, subject_id, details, topics)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(id), .integer(time.milliseconds), .text(activity.actor.name), .text(activity.action),
                .text(activity.subject.kind), .text(activity.subject.id),
                .text(JSON.object(activity.details).canonicalText),
                .text(JSON.array(activity.topics.map { .string($0) }).text),
            ]
        )
    }

    static func chain(on connection: any SQLConnection) throws -> (sequence: Int64, hash: String) {
        try connection.first("SELECT sequence, hash FROM activity_chain WHERE one = 1") { row in
            (try row.integer(0), try row.text(1))
        } ?? (0, "")
    }

    static func sealed(after sequence: Int64, limit: Int, on connection: any SQLConnection) throws -> [Activity] {
        try connection.query(
            columns + "WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            [.integer(sequence), .integer(Int64(limit))],
            activity
        )
    }

    static func newest(limit: Int, on connection: any SQLConnection) throws -> [Activity] {
        try connection.query(
            columns + "WHERE sequence IS NOT NULL ORDER BY sequence DESC LIMIT $1",
            [.integer(Int64(limit))],
            activity
        )
    }

    /// Appends at most `limit` waiting activities to the chain, oldest first; answers how many.
    static func seal(limit: Int, on connection: any SQLConnection) throws -> Int {
        let waiting = try connection.query(
            """
            SELECT id, at, actor, action, subject_kind, subject_id, details FROM activities
            WHERE sequence IS NULL ORDER BY id LIMIT $1
            """,
            [.integer(Int64(limit))]
        ) { row in
            (id: try row.text(0), content: JSON.array(try row.values.map(json)))
        }
        guard !waiting.isEmpty else { return 0 }
        var (sequence, hash) = try chain(on: connection)
        var links: [[SQLValue]] = []
        for activity in waiting {
            sequence += 1
            hash = linkHash(after: hash, sequence: sequence, content: activity.content)
            links.append([.integer(sequence), .text(hash), .text(activity.id)])
        }
        try connection.executeBatch("UPDATE activities SET sequence = $1, hash = $2 WHERE id = $3", links)
        try connection.execute(
            "UPDATE activity_chain SET sequence = $1, hash = $2 WHERE one = 1",
            [.integer(sequence), .text(hash)]
        )
        return waiting.count
    }

    /// SHA-256 over the canonical JSON of [the hash before, the number, [id, at, actor, action, kind, id, details]].
    static func linkHash(after previous: String, sequence: Int64, content: JSON) -> String {
        let link = JSON.array([.string(previous), .integer(sequence), content])
        return ContentDigest(of: link.canonicalText.utf8).hexadecimal
    }

    private static let columns: SQLText =
        "SELECT sequence, at, actor, action, subject_kind, subject_id, details, topics, hash FROM activities "

    private static func activity(_ row: borrowing SQLRow) throws -> Activity {
        Activity(
            sequence: try row.integer(0),
            at: Timestamp(milliseconds: try row.integer(1)),
            actor: Actor(name: try row.text(2)),
            action: try row.text(3),
            subject: Subject(try row.text(4), try row.text(5)),
            details: try JSON.parse(try row.text(6).utf8).objectValue ?? JSONObject(),
            topics: try JSON.parse(try row.text(7).utf8).arrayValue?.compactMap(\.stringValue) ?? [],
            hash: try row.text(8)
        )
    }

    private static func json(_ value: SQLValue) throws -> JSON {
        switch value {
        case .null: .null
        case .integer(let number): .integer(number)
        case .double(let number): .number(number)
        case .text(let text): .string(text)
        case .blob: throw DatabaseError(.unexpectedValue, "an activity holds bytes")
        }
    }
}
