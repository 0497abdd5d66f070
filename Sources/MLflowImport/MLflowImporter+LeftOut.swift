import Database

/// The counting of what stays behind.
extension MLflowImporter {
    /// How many rows there are in each of MLflow's tables that is not brought over, of those that have any; and how many
    /// there are of each kind that belong to nothing.
    func leftOut() async throws -> [(name: String, count: Int)] {
        try await source.database.read { [kind = source.database.kind, tables = source.tables] connection in
            let names: SQLText =
                switch kind {
                case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'"
                case .postgresql:
                    """
                    SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()
                    """
                }
            let there = Set(try connection.query(names, []) { try $0.text(0) })
            var counts: [(name: String, count: Int)] = []
            for leftover in LeftoverTable.all where there.contains(leftover.table.text) {
                let rows = try leftover.count(on: connection)
                if rows > 0 { counts.append((name: leftover.name, count: rows)) }
            }
            for (kind, table) in tables.all {
                let rows = try table.countStray(on: connection)
                if rows > 0 { counts.append((name: "\(kind.rawValue) of what is gone", count: rows)) }
            }
            let known = LeftoverTable.placed.union(LeftoverTable.all.map(\.table.text))
            return counts + there.subtracting(known).sorted().map { (name: "table \($0), not counted", count: 0) }
        }
    }
}
