/// A condition of a filter: `entity.key operator value`.
package struct FilterCondition: Sendable, Equatable {
    /// How a key is compared with a value.
    package enum Operator: String, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case like = "LIKE"
        case ilike = "ILIKE"
        case isIn = "IN"
        case isNotIn = "NOT IN"
        case isNull = "IS NULL"
        case isNotNull = "IS NOT NULL"
    }

    /// What a key is compared with.
    package enum Value: Sendable, Equatable {
        /// Text in single or double quotes.
        case string(String)
        /// A number without quotes.
        case number(Double, text: String)
        /// Quoted texts in parentheses.
        case list([String])
        /// Nothing: IS NULL and IS NOT NULL.
        case none
    }

    /// What stands before the first dot, nil without a dot: an attribute.
    package let entity: String?
    /// What stands after the first dot, or the whole identifier.
    package let key: String
    /// How they are compared.
    package let comparison: Operator
    /// What with.
    package let value: Value
    /// The byte, counted from 0, at which the condition begins.
    package let offset: Int
}

/// Where and why a filter can't be read.
package struct FilterSyntaxError: Error, Sendable, Equatable {
    /// The byte, counted from 0.
    package let offset: Int
    /// What was found wrong there, and what would be right.
    package let reason: String

    /// A fault at byte `offset`.
    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

/// One key of an ordering: `entity.key [ASC|DESC]`.
package struct FilterOrder: Sendable, Equatable {
    /// What stands before the first dot, nil without a dot: an attribute.
    package let entity: String?
    /// What stands after the first dot, or the whole identifier.
    package let key: String
    /// Whether small comes first.
    package let isAscending: Bool
}
