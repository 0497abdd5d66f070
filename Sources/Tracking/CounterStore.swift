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

    /// Takes `count` numbers of `counter` that follow one another; answers the last of them.
    static func take(_ count: Int, of counter: StaticString, on connection: any SQLConnection) throws -> Int64 {
        let last = try connection.first(
            "UPDATE tracking_counters SET value = value + $2 WHERE name = $1 RETURNING value",
            [.text(counter.description), .integer(Int64(count))]
        ) { row in try row.integer(0) }
        guard let last else { throw DatabaseError(.failed, "no counter is called \(counter)") }
        return last
    }

    /// Sees to it that the next number of `counter` is greater than `number`.
    static func raise(_ counter: StaticString, to number: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE tracking_counters SET value = $2 WHERE name = $1 AND value < $2",
            [.text(counter.description), .integer(number)]
        )
    }
}
