import CDuckDB

/// The type of a vector, as DuckDB numbers it.
struct VectorType {
    /// One of `CDuckDBType…`, or a type that is not read.
    let number: Int
    /// For decimals, the type that holds the digits.
    var digits = 0
    /// For decimals, what the digits are divided by.
    var divisor = 1.0

    /// Whether the numbers are whole and fit 64 signed bits.
    var isInteger: Bool { (CDuckDBTypeInt8...CDuckDBTypeUInt32).contains(number) && number != CDuckDBTypeUInt64 }

    var logicalType: LogicalType {
        switch number {
        case CDuckDBTypeBoolean: .boolean
        case CDuckDBTypeInt8...CDuckDBTypeDouble: .numeric
        case CDuckDBTypeInt128, CDuckDBTypeUInt128, CDuckDBTypeDecimal: .numeric
        case CDuckDBTypeText: .text
        case CDuckDBTypeTimestamp, CDuckDBTypeDate, CDuckDBTypeTimestampZoned: .timestamp
        case CDuckDBTypeTimestampSeconds...CDuckDBTypeTimestampNanoseconds: .timestamp
        default: .other
        }
    }
}

/// Which rows of a vector have a value, in DuckDB's memory.
struct VectorValidity {
    /// One bit a row, 1 where there is a value; nil when all are there.
    let mask: UnsafePointer<UInt64>?
    /// How many rows there are.
    let count: Int

    func isMissing(_ row: Int) -> Bool {
        guard let mask else { return false }
        return mask[row / 64] >> UInt64(row % 64) & 1 == 0
    }
}

/// The values of one column of one chunk, in DuckDB's memory: to be read before the chunk is destroyed.
struct FlatVector {
    /// As many values of the column's type; what lies where a value is missing is not to be looked at.
    let data: UnsafeRawPointer
    let validity: VectorValidity

    /// Each value as `convert` gives it, `missing` where there is none.
    func map<Source, Value>(_ missing: Value, _ convert: (Source) -> Value) -> [Value] {
        let source = data.assumingMemoryBound(to: Source.self)
        return (0..<validity.count).map { validity.isMissing($0) ? missing : convert(source[$0]) }
    }

    func integers(_ type: VectorType) -> [Int64] {
        switch type.number {
        case CDuckDBTypeInt8: map(0) { (value: Int8) in Int64(value) }
        case CDuckDBTypeInt16: map(0) { (value: Int16) in Int64(value) }
        case CDuckDBTypeInt32: map(0) { (value: Int32) in Int64(value) }
        case CDuckDBTypeInt64: map(0) { (value: Int64) in value }
        case CDuckDBTypeUInt8: map(0) { (value: UInt8) in Int64(value) }
        case CDuckDBTypeUInt16: map(0) { (value: UInt16) in Int64(value) }
        case CDuckDBTypeUInt32: map(0) { (value: UInt32) in Int64(value) }
        default: preconditionFailure("no type of whole numbers: \(type.number)")
        }
    }

    func doubles(_ type: VectorType) -> [Double] {
        switch type.number {
        case CDuckDBTypeFloat: map(0) { (value: Float) in Double(value) }
        case CDuckDBTypeDouble: map(0) { (value: Double) in value }
        case CDuckDBTypeUInt64: map(0) { (value: UInt64) in Double(value) }
        case CDuckDBTypeInt128: map(0) { (value: CDuckDBHugeInteger) in Self.double(value) }
        case CDuckDBTypeUInt128:
            map(0) { (value: CDuckDBHugeInteger) in Double(value.upper) * 0x1p64 + Double(value.lower) }
        case CDuckDBTypeDecimal: decimals(type)
        default: preconditionFailure("no type of fractions: \(type.number)")
        }
    }

    private func decimals(_ type: VectorType) -> [Double] {
        switch type.digits {
        case CDuckDBTypeInt16: map(0) { (digits: Int16) in Double(digits) / type.divisor }
        case CDuckDBTypeInt32: map(0) { (digits: Int32) in Double(digits) / type.divisor }
        case CDuckDBTypeInt64: map(0) { (digits: Int64) in Double(digits) / type.divisor }
        default: map(0) { (digits: CDuckDBHugeInteger) in Self.double(digits) / type.divisor }
        }
    }

    private static func double(_ value: CDuckDBHugeInteger) -> Double {
        Double(Int64(bitPattern: value.upper)) * 0x1p64 + Double(value.lower)
    }

    /// Microseconds since 1970, the ends of the 64-bit range for what lies beyond it.
    func timestamps(_ type: VectorType) -> [Int64] {
        switch type.number {
        case CDuckDBTypeTimestampSeconds: map(0) { (value: Int64) in Self.scaled(value, by: 1_000_000) }
        case CDuckDBTypeTimestampMilliseconds: map(0) { (value: Int64) in Self.scaled(value, by: 1000) }
        case CDuckDBTypeTimestampNanoseconds:
            map(0) { (value: Int64) in value / 1000 - (value % 1000 < 0 ? 1 : 0) }
        case CDuckDBTypeDate: map(0) { (days: Int32) in Self.scaled(Int64(days), by: 86_400_000_000) }
        default: map(0) { (value: Int64) in value }
        }
    }

    private static func scaled(_ value: Int64, by factor: Int64) -> Int64 {
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        guard overflow else { return product }
        return value < 0 ? .min : .max
    }

    /// The texts; DuckDB keeps nothing but UTF-8.
    func texts() -> [String] {
        let inlineBytesMax = 12
        let stride = MemoryLayout<CDuckDBText>.stride
        return (0..<validity.count).map { row in
            guard !validity.isMissing(row) else { return "" }
            let text = data + row * stride
            let header = text.load(as: CDuckDBText.self)
            let length = Int(header.length)
            let start =
                length <= inlineBytesMax ? text + MemoryLayout<UInt32>.size : header.rest.map { UnsafeRawPointer($0) }
            return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
        }
    }
}
