import CLibPQ

/// What a statement answered: libpq's PGresult, freed with this value's end.
struct PostgreSQLResult: ~Copyable {
    private let handle: OpaquePointer?

    init(_ handle: OpaquePointer?) {
        self.handle = handle
    }

    deinit { PQclear(handle) }

    /// Whether the statement went well.
    var isSuccess: Bool {
        let status = PQresultStatus(handle)
        return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
    }

    var status: ExecStatusType { PQresultStatus(handle) }

    /// The five characters of the error's class and kind; empty when the server did not answer.
    var sqlState: String {
        PQresultErrorField(handle, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
    }

    /// The server's one line on the error; the lines after it can hold values, so they are left out.
    var message: String? {
        PQresultErrorField(handle, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
    }

    /// What was done: `COMMIT`, `INSERT 0 1`.
    var command: String { String(cString: PQcmdStatus(handle)) }

    /// How many rows the statement changed; 0 for one that changes none.
    var changedCount: Int {
        command.hasPrefix("SELECT") ? 0 : Int(String(cString: PQcmdTuples(handle))) ?? 0
    }

    /// Hands over each row.
    func forEachRow(_ row: (borrowing SQLRow) throws -> Void) rethrows {
        let types = (0..<PQnfields(handle)).map { PQftype(handle, $0) }
        for index in 0..<PQntuples(handle) {
            try row(SQLRow(PostgreSQLColumns(handle: handle, row: index, types: types)))
        }
    }
}
