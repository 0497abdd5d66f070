import Database
import Kernel
import Ledger
import TestSupport

/// Runs `test` on a database with the Ledger's tables.
func withLedger(_ backend: DatabaseBackend, _ test: (any SQLDatabase, ManualClock) async throws -> Void) async throws {
    try await withTestDatabase(backend, migrations: LedgerSchema.migrations) { database in
        try await test(database, ManualClock())
    }
}

extension NewActivity {
    /// An activity about run `id`.
    static func sample(_ id: String, details: JSONObject = ["name": "calm-owl"]) -> NewActivity {
        NewActivity(Actor(name: "ada"), "run.created", Subject("run", id), details: details, topics: ["run:\(id)"])
    }
}

extension ActivityLog {
    /// Records `activity` in a transaction of its own.
    func record(_ activity: NewActivity, in database: any SQLDatabase) async throws {
        try await database.write { try self.record(activity, on: $0) }
    }

    /// Seals until nothing waits.
    func sealAll() async throws {
        while try await seal() {}
    }

    /// The whole chain.
    func all() async throws -> [Activity] {
        try await activities(after: 0, limit: 100_000)
    }
}

/// Recomputes the chain from what the table holds: the number of links when each follows from the one before.
func verifiedChainLength(of database: any SQLDatabase) async throws -> Int? {
    let rows = try await database.read { connection in
        try connection.query(
            """
            SELECT id, at, actor, action, subject_kind, subject_id, details, hash, sequence FROM activities
            WHERE sequence IS NOT NULL ORDER BY sequence
            """,
            []
        ) { row in
            let texts = try [0, 2, 3, 4, 5, 6].map { JSON.string(try row.text($0)).text }
            let content = ([texts[0], String(try row.integer(1))] + texts[1...]).joined(separator: ",")
            return (content: content, number: try row.integer(8), hash: try row.text(7))
        }
    }
    var previous = ""
    for (index, row) in rows.enumerated() {
        let link = "[\(JSON.string(previous).text),\(index + 1),[\(row.content)]]"
        previous = ContentDigest(of: link.utf8).hexadecimal
        guard row.number == Int64(index + 1), row.hash == previous else { return nil }
    }
    return rows.count
}
