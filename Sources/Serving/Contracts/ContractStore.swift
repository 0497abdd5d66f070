import Database
import Kernel
import Ledger

/// The SQL of contracts.
enum ContractStore {
    /// All contracts by endpoint.
    static func all(on connection: any SQLConnection) throws -> [String: ContractRecord] {
        let rows = try connection.query(
            "SELECT endpoint, contract, set_at, set_by FROM endpoint_contracts ORDER BY endpoint COLLATE \"C\"",
            []
        ) { row in
            (try row.text(0), try record(row))
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    /// Writes the contract of `endpoint` in the place of the one that it had.
    static func save(_ record: ContractRecord, _ endpoint: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO endpoint_contracts (endpoint, contract, set_at, set_by) VALUES ($1, $2, $3, $4)
            ON CONFLICT (endpoint) DO UPDATE SET contract = excluded.contract, set_at = excluded.set_at,
                set_by = excluded.set_by
            """,
            [
                .text(endpoint), .text(JSON.object(record.contract.json).text), .integer(record.setAt.milliseconds),
                .text(record.setBy.name),
            ]
        )
    }

    /// Removes the contract of `endpoint`.
    static func delete(_ endpoint: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM endpoint_contracts WHERE endpoint = $1", [.text(endpoint)])
    }

    private static func record(_ row: borrowing SQLRow) throws -> ContractRecord {
        guard let object = try JSON.parse(try row.text(1).utf8).objectValue else {
            throw DatabaseError(.unexpectedValue, "the contract of \(try row.text(0)) is no object")
        }
        return ContractRecord(
            contract: try Contract(object),
            setAt: Timestamp(milliseconds: try row.integer(2)),
            setBy: Actor(name: try row.text(3))
        )
    }
}
