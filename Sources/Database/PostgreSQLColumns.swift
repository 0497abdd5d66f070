import CLibPQ
import Glibc

/// One row of a PGresult in PostgreSQL's text format; lives as long as that.
struct PostgreSQLColumns: SQLColumns {
    let handle: OpaquePointer?
    let row: Int32
    /// The OID of each column's type.
    let types: [UInt32]

    var count: Int { types.count }

    func isNull(_ column: Int) -> Bool {
        PQgetisnull(handle, row, Int32(column)) != 0
    }

    func integer(_ column: Int) -> Int64? {
        guard !isNull(column) else { return nil }
        return switch types[column] {
        // The sum of BIGINTs is NUMERIC here; SQLite's is a whole number.
        case TypeOID.int8, TypeOID.int4, TypeOID.int2, TypeOID.numeric: wholeNumber(bytes(column))
        // SQLite's comparisons are 1 and 0.
        case TypeOID.bool: bytes(column).first == UInt8(ascii: "t") ? 1 : 0
        default: nil
        }
    }

    func double(_ column: Int) -> Double? {
        guard !isNull(column) else { return nil }
        switch types[column] {
        case TypeOID.float8, TypeOID.float4: return strtod(PQgetvalue(handle, row, Int32(column)), nil)
        case TypeOID.numeric:
            return integer(column).map(Double.init) ?? strtod(PQgetvalue(handle, row, Int32(column)), nil)
        default: return integer(column).map(Double.init)
        }
    }

    func text(_ column: Int) -> UnsafeBufferPointer<UInt8>? {
        guard !isNull(column) else { return nil }
        switch types[column] {
        case TypeOID.float8, TypeOID.float4, TypeOID.int8, TypeOID.int4, TypeOID.int2, TypeOID.numeric,
            TypeOID.bool, TypeOID.bytea:
            return nil
        default: return bytes(column)
        }
    }

    func value(_ column: Int) -> SQLValue {
        guard !isNull(column) else { return .null }
        switch types[column] {
        case TypeOID.float8, TypeOID.float4: return double(column).map { .double($0) } ?? .null
        case TypeOID.bytea: return .blob(Self.bytes(hexadecimal: bytes(column).dropFirst(2)))
        case TypeOID.int8, TypeOID.int4, TypeOID.int2, TypeOID.numeric, TypeOID.bool:
            return integer(column).map { .integer($0) } ?? double(column).map { .double($0) } ?? .null
        default: return .text(String(decoding: bytes(column), as: UTF8.self))
        }
    }

    private func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        let start = PQgetvalue(handle, row, Int32(column))
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(handle, row, Int32(column))))
        return bytes.assumingMemoryBound(to: UInt8.self)
    }

    private static func bytes(hexadecimal digits: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
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

/// The number that `digits` write; nil for a fraction, and beyond 64 bits.
private func wholeNumber(_ digits: UnsafeBufferPointer<UInt8>) -> Int64? {
    let isNegative = digits.first == UInt8(ascii: "-")
    guard digits.count > (isNegative ? 1 : 0) else { return nil }
    var number: Int64 = 0
    for digit in digits.dropFirst(isNegative ? 1 : 0) {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
        // Downwards, for the least number has no positive counterpart.
        let (sum, isBeyond) = tens.subtractingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
        guard !isTooLarge, !isBeyond else { return nil }
        number = sum
    }
    guard isNegative || number != .min else { return nil }
    return isNegative ? number : -number
}
