import Database

/// Small dense numbers for what the tables know by a long name.
enum CounterStore {
    /// The next number of `counter`, from 1; given back when the transaction fails.
    static func next(_ counter: StaticString, on connection: any SQLConnection) throws -> Int64 {
        let number = try connection.first(
            "UPDATE tracking_counters SET value = value + 1 WHERE name = $1 RETURNING value",
            [.text(counter.description)]
        ) { row in try row.integer(0) }
        guard let number else { throw DatabaseError(.failed, "no counter is called \(counter)") }
        return number
    }
}
