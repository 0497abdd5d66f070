import CLibPQ
import Glibc

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
    func forEachRow(_ row: (SQLRow) throws -> Void) rethrows {
        let columns = PQnfields(handle)
        let types = (0..<columns).map { PQftype(handle, $0) }
        for index in 0..<PQntuples(handle) {
            try row(SQLRow(values: (0..<columns).map { value(index, $0, types[Int($0)]) }))
        }
    }

    private func value(_ row: Int32, _ column: Int32, _ type: UInt32) -> SQLValue {
        guard PQgetisnull(handle, row, column) == 0, let start = PQgetvalue(handle, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(handle, row, column)))
        switch type {
        case TypeOID.float8, TypeOID.float4: return .double(strtod(start, nil))
        case TypeOID.bytea: return .blob(Self.bytes(hexadecimal: bytes.dropFirst(2)))
        default: break
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return switch type {
        case TypeOID.int8, TypeOID.int4, TypeOID.int2: Int64(text).map { .integer($0) } ?? .text(text)
        // SQLite's comparisons are 1 and 0.
        case TypeOID.bool: .flag(text == "t")
        // The sum of BIGINTs; SQLite's is a whole number, too.
        case TypeOID.numeric: Int64(text).map { .integer($0) } ?? .double(strtod(start, nil))
        default: .text(text)
        }
    }

    private static func bytes(hexadecimal digits: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        func value(_ digit: UInt8) -> UInt8 {
            digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var index = digits.startIndex
        while index + 1 < digits.endIndex {
            bytes.append(value(digits[index]) << 4 | value(digits[index + 1]))
            index += 2
        }
        return bytes
    }
}
