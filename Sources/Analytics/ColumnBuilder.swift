import CDuckDB

/// A column while its vectors arrive.
struct ColumnBuilder {
    private let name: String
    private let type: VectorType
    private let logicalType: LogicalType
    private var count = 0
    private var validity: [UInt64] = []
    private var hasMissing = false

    // Of these only the one that the type asks for is filled; each grows in place.
    private var doubles: [Double] = []
    private var integers: [Int64] = []
    private var booleans: [Bool] = []
    private var texts: [String] = []

    /// A column of no rows yet.
    init(name: String, type: VectorType) {
        self.name = name
        self.type = type
        logicalType = type.logicalType
    }

    /// The column as far as it has come.
    var column: Column {
        let values: ColumnValues =
            switch logicalType {
            case .numeric: type.isInteger ? .integers(integers) : .doubles(doubles)
            case .timestamp: .timestamps(integers)
            case .boolean: .booleans(booleans)
            case .text: .texts(texts)
            case .other: .unread(count)
            }
        return Column(name: name, values: values, validity: hasMissing ? validity : nil)
    }

    /// Whether the type's values are read, or only counted.
    var isRead: Bool { logicalType != .other }

    /// Appends rows whose values are not read.
    mutating func append(unread validity: VectorValidity) {
        for row in 0..<validity.count {
            if (count + row) % 64 == 0 { self.validity.append(.max) }
            guard validity.isMissing(row) else { continue }
            self.validity[(count + row) / 64] &= ~(1 << UInt64((count + row) % 64))
            hasMissing = true
        }
        count += validity.count
    }

    /// Appends the values of a vector of the column's type.
    mutating func append(_ vector: FlatVector) {
        append(unread: vector.validity)
        switch logicalType {
        case .numeric where type.isInteger: integers += vector.integers(type)
        case .numeric: doubles += vector.doubles(type)
        case .timestamp: integers += vector.timestamps(type)
        case .boolean: booleans += vector.map(false) { (byte: UInt8) in byte != 0 }
        case .text: texts += vector.texts()
        case .other: break
        }
    }
}
