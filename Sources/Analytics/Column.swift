/// What the values of a column mean, whatever their width.
package enum LogicalType: String, Hashable, Sendable, CaseIterable {
    /// Whole and fractional numbers, decimals too.
    case numeric
    case boolean
    case text
    /// Points in time and dates.
    case timestamp
    /// Lists, structures, bytes and other things that are not read.
    case other
}

/// The values of a column by row. Where a row's value is missing, a zero or an empty text stands in its place.
package enum ColumnValues: Hashable, Sendable {
    /// Fractions, and whole numbers that need not fit 64 signed bits (those lose digits beyond 2^53).
    case doubles([Double])
    case integers([Int64])
    case booleans([Bool])
    case texts([String])
    /// Microseconds since 1970 UTC; finer ones are rounded down, a date is its midnight.
    case timestamps([Int64])
    /// Values that are not read, this many.
    case unread(Int)
}

/// A column of a result or a file.
package struct Column: Hashable, Sendable {
    /// Its name, any Unicode text.
    package let name: String
    /// Its values by row.
    package let values: ColumnValues
    /// One bit a row, 64 rows a word, lowest first: 1 where there is a value; nil when there is one in every row.
    private let validity: [UInt64]?

    init(name: String, values: ColumnValues, validity: [UInt64]?) {
        self.name = name
        self.values = values
        self.validity = validity
    }

    /// A column of `values`, all there but for those in the rows `missing`.
    package init(name: String, values: ColumnValues, missing: Set<Int> = []) {
        self.name = name
        self.values = values
        guard !missing.isEmpty else {
            validity = nil
            return
        }
        var words = [UInt64](repeating: .max, count: (values.count + 63) / 64)
        for row in missing { words[row / 64] &= ~(1 << UInt64(row % 64)) }
        validity = words
    }

    /// What the values mean.
    package var logicalType: LogicalType {
        switch values {
        case .doubles, .integers: .numeric
        case .booleans: .boolean
        case .texts: .text
        case .timestamps: .timestamp
        case .unread: .other
        }
    }

    /// How many rows there are.
    package var count: Int { values.count }

    /// Whether the value in a row, from 0, is missing (NULL). Not-a-number is a value, not a missing one.
    package func isMissing(_ row: Int) -> Bool {
        precondition(row >= 0 && row < count, "a row of this column")
        guard let validity else { return false }
        return validity[row / 64] >> UInt64(row % 64) & 1 == 0
    }

    /// How many values are missing.
    package var missingCount: Int {
        validity == nil ? 0 : (0..<count).count { isMissing($0) }
    }

    /// The numbers by row, whole ones converted, nil where missing; nil when the column isn't numeric.
    package var numbers: [Double?]? {
        switch values {
        case .doubles(let values): present(values)
        case .integers(let values): present(values.map(Double.init))
        default: nil
        }
    }

    /// The whole numbers, or the microseconds since 1970 UTC, by row; nil when the column has neither.
    package var integers: [Int64?]? {
        switch values {
        case .integers(let values), .timestamps(let values): present(values)
        default: nil
        }
    }

    /// The truth values by row, nil where missing; nil when the column isn't boolean.
    package var booleans: [Bool?]? {
        if case .booleans(let values) = values { present(values) } else { nil }
    }

    /// The texts by row, nil where missing; nil when the column isn't text.
    package var texts: [String?]? {
        if case .texts(let values) = values { present(values) } else { nil }
    }

    private func present<Value>(_ values: [Value]) -> [Value?] {
        values.enumerated().map { isMissing($0.offset) ? nil : $0.element }
    }
}

extension ColumnValues {
    /// How many rows there are.
    package var count: Int {
        switch self {
        case .doubles(let values): values.count
        case .integers(let values), .timestamps(let values): values.count
        case .booleans(let values): values.count
        case .texts(let values): values.count
        case .unread(let count): count
        }
    }
}
