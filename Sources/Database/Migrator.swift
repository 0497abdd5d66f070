import Glibc

/// Applies migrations that are not yet in the table `schema_migrations`, each in a transaction of its own.
struct Migrator {
    typealias Body = @Sendable (any SQLConnection) throws -> Void

    /// What `{clustered}` stands for.
    private let clustered: String
    /// Runs a body in a write transaction that no other migration, of any process, runs beside.
    private let exclusively: (@escaping Body) async throws -> Void

    init(clustered: String, exclusively: @escaping (@escaping Body) async throws -> Void) {
        self.clustered = clustered
        self.exclusively = exclusively
    }

    /// Applies what is missing of `migrations`, in their order.
    ///
    /// - Throws: ``DatabaseError`` with the name of the migration that failed, which leaves nothing, or that does not
    ///   fit those applied: history goes forward only.
    func apply(_ migrations: [Migration]) async throws {
        precondition(Set(migrations.map(\.name)).count == migrations.count, "two migrations share a name")
        try await exclusively { connection in
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)"
            )
            try MigrationHistory(of: migrations).check(try Self.applied(connection))
        }
        for migration in migrations {
            let statements = migration.statements.map { $0.replacing("{clustered}", with: clustered) }
            try await exclusively { connection in
                guard try !Self.applied(connection).contains(migration.name) else { return }
                do {
                    for statement in statements { try connection.execute(statement) }
                } catch let error as DatabaseError {
                    throw DatabaseError(error.code, "migration \(migration.name): \(error.message)")
                }
                try connection.execute(
                    "INSERT INTO schema_migrations (name, applied_at) VALUES ($1, $2)",
                    [.text(migration.name), .integer(Self.millisecondsNow())]
                )
            }
        }
    }

    private static func applied(_ connection: any SQLConnection) throws -> Set<String> {
        Set(try connection.query("SELECT name FROM schema_migrations", []) { try $0.text(0) })
    }

    /// For people who read the table; nothing depends on it.
    private static func millisecondsNow() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// The rule that a room's migrations are applied in their order, with none between and none unknown. Pure.
struct MigrationHistory {
    /// The names of each room's migrations in order; the room is what stands before the first dot.
    private let rooms: [(room: Substring, names: [String])]

    init(of migrations: [Migration]) {
        var rooms: [(room: Substring, names: [String])] = []
        for name in migrations.map(\.name) {
            let room = Self.room(of: name)
            if let index = rooms.firstIndex(where: { $0.room == room }) {
                rooms[index].names.append(name)
            } else {
                rooms.append((room, [name]))
            }
        }
        self.rooms = rooms
    }

    /// Refuses a history in which one of these rooms has a migration that is not listed, or skipped one that is.
    ///
    /// - Throws: ``DatabaseError`` `.failed`.
    func check(_ applied: Set<String>) throws(DatabaseError) {
        for (room, names) in rooms {
            if let unknown = applied.filter({ Self.room(of: $0) == room }).subtracting(names).min() {
                throw DatabaseError(.failed, "migration \(unknown) is applied but not known: a newer version made it")
            }
            let next = names.firstIndex { !applied.contains($0) } ?? names.count
            if let late = names[next...].first(where: { applied.contains($0) }) {
                throw DatabaseError(.failed, "migration \(names[next]) is not applied but \(late), after it, is")
            }
        }
    }

    private static func room(of name: String) -> Substring {
        name.contains(".") ? name.prefix { $0 != "." } : ""
    }
}
