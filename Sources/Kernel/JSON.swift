/// A JSON value (RFC 8259) of no fixed shape.
package enum JSON: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// A number written without fraction and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number; not finite only where a writer said so outside the standard.
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// The members when this is an object.
    package var objectValue: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The elements when this is an array.
    package var arrayValue: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text when this is a string.
    package var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number when this is one, an integer rounded to the nearest double.
    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The number when this is a whole one.
    package var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The value in a word, for messages: `object`, `array`, `string`, `number`, `boolean`, `null`.
    package var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral members: (String, JSON)...) { self = .object(JSONObject(members)) }
    package init(nilLiteral: ()) { self = .null }
}

/// The members of a JSON object in the order in which they were written.
package struct JSONObject: Sendable, Hashable {
    /// One member.
    package struct Member: Sendable, Hashable {
        /// The name.
        package let name: String
        /// The value.
        package let value: JSON
    }

    /// The members in order; a name written twice stands twice.
    package private(set) var members: [Member]

    /// An object of `members` in their order.
    package init(_ members: [(String, JSON)] = []) {
        self.members = members.map { Member(name: $0.0, value: $0.1) }
    }

    init(members: [Member]) {
        self.members = members
    }

    /// The value of the last member named `name`, or nil when there is none; setting appends or replaces.
    ///
    /// One pass over the members: meant for the few names that a request has, not for large tables.
    package subscript(name: String) -> JSON? {
        get { members.last { $0.name == name }?.value }
        set {
            members.removeAll { $0.name == name }
            if let newValue { members.append(Member(name: name, value: newValue)) }
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, JSON)...) { self.init(members) }
}
