/// The values of one execution in PostgreSQL's binary format, as libpq takes them.
struct PostgreSQLParameters {
    /// The OID of each value's type; 0 for NULL, whose type PostgreSQL infers.
    private(set) var types: [UInt32] = []
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    /// - Throws: ``DatabaseError`` `.textWithNUL` for text with a NUL, which PostgreSQL can't hold.
    init(_ values: [SQLValue]) throws(DatabaseError) {
        types.reserveCapacity(values.count)
        ends.reserveCapacity(values.count)
        for value in values {
            switch value {
            case .null: add(0)
            case .integer(let number): add(TypeOID.int8, number.bigEndian)
            // NaN is NULL on SQLite, which decides.
            case .double(let number) where number.isNaN: add(0)
            case .double(let number): add(TypeOID.float8, number.bitPattern.bigEndian)
            case .text(let text):
                let start = bytes.count
                bytes.append(contentsOf: text.utf8)
                guard !bytes[start...].contains(0) else { throw .textWithNUL }
                add(TypeOID.text)
            case .blob(let blob):
                bytes.append(contentsOf: blob)
                add(TypeOID.bytea)
            }
        }
        // So that there is an address even when all values are empty.
        bytes.append(0)
    }

    private mutating func add(_ type: UInt32) {
        types.append(type)
        ends.append(bytes.count)
    }

    private mutating func add(_ type: UInt32, _ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
        add(type)
    }

    /// Calls `body` with libpq's arrays, which hold for the call: addresses (nil for NULL), lengths, formats.
    func withArrays<Value>(
        _ body: (Int32, [UnsafePointer<CChar>?], [Int32], [Int32]) -> Value
    ) -> Value {
        bytes.withUnsafeBytes { buffer in
            let base = buffer.assumingMemoryBound(to: CChar.self).baseAddress
            var start = 0
            var addresses: [UnsafePointer<CChar>?] = []
            var lengths: [Int32] = []
            for (type, end) in zip(types, ends) {
                addresses.append(type == 0 ? nil : base.map { $0 + start })
                lengths.append(Int32(end - start))
                start = end
            }
            return body(Int32(types.count), addresses, lengths, [Int32](repeating: 1, count: types.count))
        }
    }
}

/// OIDs of PostgreSQL's built-in types, fixed in its catalog `pg_type.dat`.
enum TypeOID {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let numeric: UInt32 = 1700
}
