import Kernel

/// The members of a policy's JSON, with what is wrong in words.
struct PolicyFields {
    let object: JSONObject

    /// The value of `name`; nil when absent or null.
    func value(_ name: String) -> JSON? {
        let value = object[name]
        return value == .null ? nil : value
    }

    /// A text of at most 1000 bytes; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func text(_ name: String) throws -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.stringValue, text.utf8.count <= 1000, !text.utf8.contains(0) else {
            throw wrong(name, "a text of at most 1000 bytes")
        }
        return text
    }

    /// A number in `range`; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func number(_ name: String, _ range: ClosedRange<Double>) throws -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.doubleValue, range.contains(number) else {
            throw wrong(name, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A whole number in `range`; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func integer(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.integerValue.flatMap({ Int(exactly: $0) }), range.contains(number) else {
            throw wrong(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `true` or `false`; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func flag(_ name: String) throws -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .boolean(let flag) = value else { throw wrong(name, "true or false") }
        return flag
    }

    /// Numbers; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func numbers(_ name: String) throws -> [Double]? {
        guard let value = value(name) else { return nil }
        guard let elements = value.arrayValue, elements.count <= 100 else { throw wrong(name, "a list of numbers") }
        return try elements.map { element in
            guard let number = element.doubleValue, number.isFinite else { throw wrong(name, "a list of numbers") }
            return number
        }
    }

    /// One of a closed set; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` with all choices.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, _: Choice.Type) throws -> Choice? {
        guard let value = value(name) else { return nil }
        guard let choice = value.stringValue.flatMap({ Choice(rawValue: $0) }) else {
            throw wrong(name, "one of \(Self.names(of: Choice.self))")
        }
        return choice
    }

    /// Some of a closed set, each once; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` with all choices.
    func choices<Choice: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: String,
        _: Choice.Type
    ) throws -> [Choice]? {
        guard let value = value(name) else { return nil }
        let choices = (value.arrayValue ?? []).compactMap { $0.stringValue.flatMap { Choice(rawValue: $0) } }
        guard let given = value.arrayValue, choices.count == given.count, Set(choices).count == choices.count else {
            throw wrong(name, "a list of some of \(Self.names(of: Choice.self))")
        }
        return choices
    }

    /// A moment of the years 1 to 9999, in milliseconds since 1970 UTC or as ISO 8601 has it; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func time(_ name: String) throws -> Timestamp? {
        guard let value = value(name) else { return nil }
        let time =
            value.integerValue.map { Timestamp(milliseconds: $0) }
            ?? value.stringValue.flatMap { Timestamp(iso8601: $0) }
        guard let time, Self.writable.contains(time.milliseconds) else {
            throw wrong(name, "milliseconds since 1970 UTC, or a moment such as 2026-01-31T12:00:00Z")
        }
        return time
    }

    /// The fault of the member `name`, which would have to be `right`.
    func wrong(_ name: String, _ right: String) -> MartletError {
        let found = value(name).map { $0.text.prefix(100) } ?? "nothing"
        return MartletError(.invalidParameterValue, "\"\(name)\" must be \(right), found \(found)")
    }

    private static func names<Choice: RawRepresentable<String> & CaseIterable>(of _: Choice.Type) -> String {
        Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    }

    /// The moments whose year ISO 8601 writes with four digits, in milliseconds since 1970 UTC.
    private static let writable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999
}
