/// A value in a column or a parameter.
///
/// Not every value is kept as it is: a double NaN is stored as NULL, and in SQLite -0.0 as 0.0. Text may not hold the
/// character U+0000, which PostgreSQL can't store: both engines refuse it.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case double(Double)
    case text(String)
    case blob([UInt8])

    /// The text, or NULL when there is none.
    package static func text(_ text: String?) -> SQLValue {
        text.map { .text($0) } ?? .null
    }

    /// The number, or NULL when there is none.
    package static func integer(_ number: Int64?) -> SQLValue {
        number.map { .integer($0) } ?? .null
    }

    /// 1 or 0.
    package static func flag(_ flag: Bool) -> SQLValue {
        .integer(flag ? 1 : 0)
    }
}
