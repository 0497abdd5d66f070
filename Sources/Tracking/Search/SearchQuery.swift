package import Database
import Kernel

/// A statement in the making: its text and its parameters, which only ever grow together.
package struct SearchQuery {
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

    /// Adds a condition that rows must meet.
    package mutating func require(_ condition: SQLText) {
        conditions.append(condition)
    }

    /// `WHERE …`, or nothing without conditions.
    package var whereClause: SQLText {
        conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    }

    /// `column comparison text` for texts; LIKE is case-sensitive, ILIKE is not, neither has an escape character.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when texts can't be compared so.
    package mutating func text(_ column: SQLText, _ condition: FilterCondition) throws -> SQLText {
        switch (condition.comparison, condition.value) {
        case (.equal, .string(let text)): return column + " = " + bind(.text(text))
        case (.notEqual, .string(let text)): return column + " <> " + bind(.text(text))
        case (.like, .string(let text)): return column + " LIKE " + pattern(text) + escape
        case (.ilike, .string(let text)):
            // Both sides by the same rule, that of ASCII, which SQLite knows alone.
            return "LOWER(" + column + " COLLATE \"C\") LIKE LOWER(" + pattern(text) + " COLLATE \"C\")" + escape
        case (.isIn, .list(let texts)): return column + " IN (" + bind(texts) + ")"
        case (.isNotIn, .list(let texts)): return column + " NOT IN (" + bind(texts) + ")"
        case (.equal, _), (.notEqual, _), (.like, _), (.ilike, _):
            throw MartletError(
                .invalidParameterValue,
                "Expected a quoted string value for \(condition.key) (e.g. 'my-value')."
            )
        default:
            throw MartletError(
                .invalidParameterValue,
                "Invalid comparison operator '\(condition.comparison.rawValue)' for \(condition.key). "
                    + "Valid comparators are =, !=, LIKE, ILIKE, IN, NOT IN."
            )
        }
    }

    /// `column comparison number` for numbers.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when numbers can't be compared so.
    package mutating func number(_ column: SQLText, _ condition: FilterCondition, isWhole: Bool) throws -> SQLText {
        guard case .number(let number, let text) = condition.value else {
            let given = if case .string(let text) = condition.value { text } else { condition.comparison.rawValue }
            throw MartletError(
                .invalidParameterValue,
                "Expected numeric value type for \(condition.key). Found \(given.prefix(100))"
            )
        }
        let value: SQLValue
        if isWhole {
            guard let whole = Int64(text) else {
                throw MartletError(.invalidParameterValue, "Expected an integer for \(condition.key). Found \(text)")
            }
            value = .integer(whole)
        } else {
            value = .double(number)
        }
        return column + (try symbol(condition)) + bind(value)
    }

    private func symbol(_ condition: FilterCondition) throws -> SQLText {
        switch condition.comparison {
        case .equal: return " = "
        case .notEqual: return " <> "
        case .less: return " < "
        case .lessOrEqual: return " <= "
        case .greater: return " > "
        case .greaterOrEqual: return " >= "
        default:
            throw MartletError(
                .invalidParameterValue,
                "Invalid comparison operator '\(condition.comparison.rawValue)' for the number \(condition.key). "
                    + "Valid comparators are =, !=, <, <=, >, >=."
            )
        }
    }

    /// A pattern in which only `%` and `_` mean something: the escape character is taken literally.
    private mutating func pattern(_ text: String) -> SQLText {
        bind(.text(text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")))
    }

    private var escape: SQLText { " ESCAPE '\\'" }
}

/// The conditions of `filter`, a fault turned into an error for the caller.
///
/// - Throws: `INVALID_PARAMETER_VALUE` that names the place of the fault.
package func parsedFilter(_ filter: String?) throws -> [FilterCondition] {
    do {
        return try FilterParser.parse(filter ?? "")
    } catch {
        throw MartletError(.invalidParameterValue, "filter, character \(error.offset): \(error.reason)", cause: error)
    }
}

/// The keys of an ordering, a fault turned into an error for the caller.
///
/// - Throws: `INVALID_PARAMETER_VALUE` that names the fault, or a key that stands twice.
package func parsedOrder(_ items: [String]) throws -> [FilterOrder] {
    var seen: Set<String> = []
    return try items.map { item in
        let order: FilterOrder
        do throws(FilterSyntaxError) {
            order = try FilterParser.parseOrder(item)
        } catch {
            throw MartletError(
                .invalidParameterValue,
                "Invalid order_by clause '\(item.prefix(200))': \(error.reason)",
                cause: error
            )
        }
        guard seen.insert("\(order.entity ?? "").\(order.key)").inserted else {
            throw MartletError(.invalidParameterValue, "`order_by` contains duplicate fields: \(item.prefix(200))")
        }
        return order
    }
}
