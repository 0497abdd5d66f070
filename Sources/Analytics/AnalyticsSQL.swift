/// The text of a query: written in the source, never taken from input.
///
/// Parameters are `$1`, `$2`, … and carry everything that comes from outside, the paths of files too.
package struct AnalyticsSQL: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The text.
    let text: String

    /// A text from a literal in the source.
    package init(stringLiteral value: StaticString) {
        text = value.description
    }

    private init(text: String) {
        self.text = text
    }

    /// One text after the other.
    package static func + (left: AnalyticsSQL, right: AnalyticsSQL) -> AnalyticsSQL {
        AnalyticsSQL(text: left.text + right.text)
    }

    /// The parameter numbered `number`, from 1.
    static func parameter(_ number: Int) -> AnalyticsSQL {
        AnalyticsSQL(text: "$\(number)")
    }

    /// A whole number, where a parameter can't stand.
    static func number(_ value: Int) -> AnalyticsSQL {
        AnalyticsSQL(text: String(value))
    }

    /// A column's name in quotes, whatever characters it has: the one thing of a file's own that can't be a parameter.
    static func identifier(_ name: String) -> AnalyticsSQL {
        // By scalars: a quote with a combining mark behind it is one character, and still ends a name.
        let doubled = name.unicodeScalars.reduce(into: "") { $0 += $1 == "\"" ? "\"\"" : String($1) }
        return AnalyticsSQL(text: "\"\(doubled)\"")
    }

    /// The texts one after the other, with commas between them.
    static func list(_ texts: [AnalyticsSQL]) -> AnalyticsSQL {
        AnalyticsSQL(text: texts.map(\.text).joined(separator: ", "))
    }
}

/// What is bound to a parameter.
package enum AnalyticsValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case text(String)
}

extension AnalyticsValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
}
