/// A condition of a filter as it is written: `entity.key operator value`.
///
/// What may be named, and compared with what, is for the search to say.
package struct FilterCondition: Sendable, Equatable {
    /// How a key is compared with a value.
    package enum Operator: Sendable, Equatable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case like, ilike
        case isIn, isNotIn
        case isNull, isNotNull
        /// One that no search knows, in upper case: `==`, `<>`, `NOT LIKE`.
        case unknown(String)
    }

    /// What a key is compared with.
    package enum Value: Sendable, Equatable {
        /// Text in single or double quotes.
        case string(String)
        /// A number without quotes; `text` has a dot or an exponent when it is not whole.
        case number(Double, text: String)
        /// Quoted texts in parentheses.
        case list([String])
        /// Parentheses around something else, and what is wrong with it.
        case malformedList(reason: String)
        /// A text without quotes.
        case word
        /// Nothing: IS NULL and IS NOT NULL.
        case none
    }

    /// What stands before the first dot, nil without a dot: an attribute.
    package let entity: String?
    /// What stands after the first dot, or the whole identifier; without quotes.
    package let key: String
    /// How they are compared.
    package let comparison: Operator
    /// What with.
    package let value: Value
    /// The value as it is written; empty when there is none.
    package let valueText: String

    /// The same condition on another value: a whole number that was written as a text.
    package func comparing(with number: Int64) -> FilterCondition {
        FilterCondition(
            entity: entity,
            key: key,
            comparison: comparison,
            value: .number(Double(number), text: String(number)),
            valueText: valueText
        )
    }
}

extension FilterCondition.Operator {
    private static let known: [String: Self] = [
        "=": .equal, "!=": .notEqual, "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual,
        "LIKE": .like, "ILIKE": .ilike, "IN": .isIn, "NOT IN": .isNotIn, "IS NULL": .isNull, "IS NOT NULL": .isNotNull,
    ]

    /// The operator that `text` spells in any case.
    init(_ text: String) {
        let words = text.uppercased()
        self = Self.known[words] ?? .unknown(words)
    }

    /// The operator as it is written, in upper case.
    package var text: String {
        if case .unknown(let text) = self { return text }
        return Self.known.first { $0.value == self }?.key ?? ""
    }
}

/// One key of an ordering: `entity.key [ASC|DESC]`.
package struct FilterOrder: Sendable, Equatable {
    /// What stands before the first dot, nil without a dot: an attribute.
    package let entity: String?
    /// What stands after the first dot, or the whole identifier; without quotes.
    package let key: String
    /// Whether small comes first.
    package let isAscending: Bool
}
