package import Database
import Kernel

/// A statement in the making: its text and its parameters, which only ever grow together.
package struct SearchQuery: Sendable {
    /// The longest pattern of LIKE that SQLite takes, in bytes.
    private static let patternBytesMax = 50_000

    /// The parameters so far.
    package private(set) var parameters: [SQLValue] = []
    private var conditions: [SQLText] = []

    /// A query without conditions.
    package init() {}

    /// The place of `value` among the parameters.
    package mutating func bind(_ value: SQLValue) -> SQLText {
        parameters.append(value)
        return .parameter(parameters.count)
    }

    /// The places of `values`, between commas.
    package mutating func bind(_ values: [String]) -> SQLText {
        values.map { bind(.text($0)) }.joined(separator: ", ")
    }

    /// The places of `numbers`, between commas.
    package mutating func bind(_ numbers: [Int64]) -> SQLText {
        let places = SQLText.parameters(from: parameters.count + 1, count: numbers.count)
        parameters += numbers.map { .integer($0) }
        return places
    }

    /// Adds a condition that rows must meet.
    package mutating func require(_ condition: SQLText) {
        conditions.append(condition)
    }

    /// `WHERE …`, or nothing without conditions.
    package var whereClause: SQLText {
        conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    }

    /// `column comparison text` for texts; LIKE is case-sensitive, ILIKE is not as far as ASCII goes, neither has an
    /// escape character. `kind` is what messages call the column.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when texts can't be compared so.
    package mutating func text(_ column: SQLText, _ condition: FilterCondition, kind: String = "attribute") throws
        -> SQLText
    {
        switch (condition.comparison, condition.value) {
        case (.isIn, .list(let texts)): return column + " IN (" + bind(texts) + ")"
        case (.isNotIn, .list(let texts)): return column + " NOT IN (" + bind(texts) + ")"
        case (_, .malformedList(let reason)): throw Self.invalid(reason)
        case (.isNull, _), (.isNotNull, _):
            throw Self.invalid(
                "IS NULL / IS NOT NULL is only supported for tags and params, not for '\(kind)' '\(condition.key)'"
            )
        default: return try comparison(column, condition, try Self.text(condition, kind: kind), kind)
        }
    }

    private mutating func comparison(_ column: SQLText, _ condition: FilterCondition, _ text: String, _ kind: String)
        throws -> SQLText
    {
        switch condition.comparison {
        case .equal: return column + " = " + bind(.text(text))
        case .notEqual: return column + " <> " + bind(.text(text))
        case .like: return column + " LIKE " + (try pattern(text)) + " ESCAPE '\\'"
        case .ilike:
            // Both sides by the same rule, that of ASCII, which SQLite knows alone.
            return "LOWER(" + column + " COLLATE \"C\") LIKE LOWER(" + (try pattern(text))
                + " COLLATE \"C\") ESCAPE '\\'"
        default: throw Self.invalid("Invalid comparator for \(kind): \(condition.comparison.text)")
        }
    }

    /// The text that a column is compared with.
    private static func text(_ condition: FilterCondition, kind: String) throws -> String {
        switch condition.value {
        case .string(let text): return text
        case .word:
            throw invalid(
                "Parameter value is either not quoted or unidentified quote types used for string value "
                    + "\(condition.valueText.prefix(200)). Use either single or double quotes."
            )
        case .number, .list, .malformedList, .none:
            throw invalid(
                "Expected a quoted string value for \(kind) (e.g. 'my-value'). "
                    + "Got value \(condition.valueText.prefix(200))"
            )
        }
    }

    /// `column comparison number` for numbers. `kind` is what messages call the column.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when numbers can't be compared so; when `isWhole`, also for a number without
    ///   a fraction that has more than 64 bits.
    package mutating func number(
        _ column: SQLText,
        _ condition: FilterCondition,
        isWhole: Bool,
        kind: String = "numeric attribute"
    ) throws -> SQLText {
        guard case .number(let number, let text) = condition.value else {
            if condition.value == .none { return try self.text(column, condition, kind: kind) }
            throw Self.invalid(
                "Expected numeric value type for \(kind). Found \(condition.valueText.prefix(200))"
            )
        }
        let symbol = try Self.symbol(condition, kind)
        guard isWhole, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }) else {
            return column + symbol + bind(.double(number))
        }
        guard let whole = Int64(text) else {
            throw Self.invalid("Expected an integer of at most 64 bits for \(condition.key). Found \(text.prefix(200))")
        }
        return column + symbol + bind(.integer(whole))
    }

    private static func symbol(_ condition: FilterCondition, _ kind: String) throws -> SQLText {
        switch condition.comparison {
        case .equal: return " = "
        case .notEqual: return " <> "
        case .less: return " < "
        case .lessOrEqual: return " <= "
        case .greater: return " > "
        case .greaterOrEqual: return " >= "
        default: throw invalid("Invalid comparator for \(kind): \(condition.comparison.text)")
        }
    }

    /// A pattern in which only `%` and `_` mean something: the escape character is taken literally.
    private mutating func pattern(_ text: String) throws -> SQLText {
        guard text.utf8.count * 2 <= Self.patternBytesMax else {
            throw Self.invalid("The pattern is longer than \(Self.patternBytesMax / 2) bytes.")
        }
        return bind(.text(text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")))
    }

    private static func invalid(_ message: String) -> MartletError {
        MartletError(.invalidParameterValue, message)
    }
}

/// The conditions of `filter`.
///
/// - Throws: `INVALID_PARAMETER_VALUE` that names what can't be read.
package func parsedFilter(_ filter: String?) throws -> [FilterCondition] {
    let conditions = try FilterParser.parse(filter ?? "")
    try SearchLimits.check(conditions)
    return conditions
}

/// One key of an ordering: `metrics.rmse DESC`.
///
/// - Throws: `INVALID_PARAMETER_VALUE`.
package func parsedOrder(_ item: String) throws -> FilterOrder {
    try FilterParser.parseOrder(item)
}
