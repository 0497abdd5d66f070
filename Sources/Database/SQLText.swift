/// The text of a statement: written in the source, never taken from input.
///
/// One text serves SQLite and PostgreSQL. Parameters are `$1`, `$2`, … and are bound by number.
package struct SQLText: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The text.
    package let text: String

    /// A text from a literal in the source.
    package init(stringLiteral value: StaticString) {
        text = value.description
    }

    fileprivate init(text: String) {
        self.text = text
    }

    /// The text with each `placeholder` replaced.
    func replacing(_ placeholder: String, with replacement: String) -> SQLText {
        SQLText(text: text.replacing(placeholder, with: replacement))
    }

    /// One text after the other.
    package static func + (left: SQLText, right: SQLText) -> SQLText {
        SQLText(text: left.text + right.text)
    }

    /// The parameter numbered `number`, from 1.
    package static func parameter(_ number: Int) -> SQLText {
        SQLText(text: "$\(number)")
    }

    /// Parameters `first`, `first + 1`, …: `count` of them between commas.
    package static func parameters(from first: Int, count: Int) -> SQLText {
        SQLText(text: (first..<first + count).map { "$\($0)" }.joined(separator: ", "))
    }

    /// A whole number, for LIMIT, OFFSET and the like.
    package static func number(_ number: Int) -> SQLText {
        SQLText(text: String(number))
    }
}

extension Sequence<SQLText> {
    /// The texts one after the other with `separator` between them.
    package func joined(separator: SQLText) -> SQLText {
        SQLText(text: map(\.text).joined(separator: separator.text))
    }
}
