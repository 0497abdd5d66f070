package import Hummingbird
package import Kernel
import NIOCore

/// The fields of a call as MLflow reads them: from the query or the body, in either spelling, numbers also as text.
///
/// A body that is not JSON counts as empty; then the checks for required fields speak. Messages are MLflow 3.18's.
package struct MLflowFields: Sendable {
    /// Where an object stands within the request; spelled out only for a message.
    private enum Place {
        case whole
        case member(String)
        case element(list: String, index: Int)

        var path: String {
            switch self {
            case .whole: ""
            case .member(let name): "\(name)."
            case .element(let list, let index): "\(list)[\(index)]."
            }
        }
    }

    private let object: JSONObject
    private let place: Place
    /// Whether any name may be a lowerCamelCase one; hardly ever, so the second look-up is hardly ever made.
    private let hasUppercase: Bool

    /// The fields of `object`.
    package init(_ object: JSONObject) {
        self.init(object, at: .whole)
    }

    private init(_ object: JSONObject, at place: Place) {
        self.object = object
        self.place = place
        hasUppercase = object.members.contains { $0.name.utf8.contains { (0x41...0x5A).contains($0) } }
    }

    /// The fields of `request`.
    ///
    /// - Throws: ``BodyTooLarge``; `BAD_REQUEST` when a POST or PUT has another content type than JSON.
    package init(_ request: Request) async throws {
        if request.method == .get, let query = request.uri.query, !query.isEmpty {
            self.init(Self.query(request))
            return
        }
        self.init(body: try await Self.body(of: request))
    }

    /// The items of `request`'s query, each a text; of a name that stands twice the last counts.
    init(queryOf request: Request) {
        self.init(JSONObject(request.queryItems.map { ($0.name, .string($0.value)) }))
    }

    /// The fields of `body`, the body of a POST or PUT.
    init(body: ByteBuffer) {
        self.init(Self.object(body.readableBytesView))
    }

    /// The bytes that ``init(body:)`` reads, for who can read them faster.
    ///
    /// - Throws: ``BodyTooLarge``; `BAD_REQUEST` when a POST or PUT has another content type than JSON.
    static func body(of request: Request, max bytesMax: Int = BodyLimit.jsonBytesMax) async throws -> ByteBuffer {
        try checkContentType(request)
        return try await request.bytes(max: bytesMax)
    }

    private static func query(_ request: Request) -> JSONObject {
        var values: [String: [JSON]] = [:]
        var names: [String] = []
        for (name, value) in request.queryItems {
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(.string(value))
        }
        return JSONObject(
            names.map { name in
                let list = values[name] ?? []
                return (name, list.count == 1 ? list[0] : .array(list))
            }
        )
    }

    private static func object(_ bytes: some Sequence<UInt8>) -> JSONObject {
        // Old clients encode twice: the body is then a string that holds JSON.
        switch try? JSON.parse(bytes, nonFinite: .accept) {
        case .object(let object)?: object
        case .string(let text)?: (try? JSON.parse(text.utf8, nonFinite: .accept))?.objectValue ?? JSONObject()
        default: JSONObject()
        }
    }

    /// Refuses a POST or PUT that does not say that it brings JSON.
    ///
    /// - Throws: `BAD_REQUEST`.
    static func checkContentType(_ request: Request) throws {
        guard request.method == .post || request.method == .put else { return }
        guard let type = request.headers[.contentType] else {
            throw MartletError(.badRequest, "Bad Request. Content-Type header is missing.")
        }
        guard type.split(whereSeparator: { $0 == ";" || $0 == " " }).first?.lowercased() == "application/json" else {
            throw MartletError(
                .badRequest,
                "Bad Request. Content-Type must be one of ['application/json']."
            )
        }
    }

    // MARK: Access

    /// The value of `name` in snake_case or lowerCamelCase; nil when absent or null.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when both spellings stand there.
    package func value(_ name: String) throws -> JSON? {
        let plain = object[name]
        guard hasUppercase, name.utf8.contains(UInt8(ascii: "_")) else { return plain == .null ? nil : plain }
        let camel = object[Self.camelCase(name)]
        guard plain == nil || camel == nil else {
            throw MartletError(.invalidParameterValue, "Field '\(name)' is given in two spellings. Give one.")
        }
        let value = plain ?? camel
        return value == .null ? nil : value
    }

    /// `name` in lowerCamelCase.
    static func camelCase(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    /// A text; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is of another type.
    package func string(_ name: String) throws -> String? {
        guard let value = try value(name) else { return nil }
        guard let text = value.stringValue else { throw wrongType(value, name) }
        try refuseNUL(text, name)
        return text
    }

    /// One of a closed set, by its name or its number; nil when absent, and as in MLflow when it is none of the set.
    /// Numbers count from `first` in the order of the set, and `named` knows the names.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is neither a text nor a whole number.
    package func choice<Choice: CaseIterable>(
        _ name: String,
        named: (String) -> Choice?,
        numberedFrom first: Int64
    ) throws -> Choice? where Choice.AllCases == [Choice] {
        let number: Int64
        if case .integer(let whole)? = try value(name) {
            number = whole
        } else {
            guard let text = try string(name) else { return nil }
            if let choice = named(text) { return choice }
            guard let whole = Int64(text) else { return nil }
            number = whole
        }
        let all = Choice.allCases
        return number >= first && number - first < all.count ? all[Int(number - first)] : nil
    }

    /// The same of a set whose raw values are MLflow's names.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is neither a text nor a whole number.
    package func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ name: String,
        numberedFrom first: Int64
    ) throws -> Choice? where Choice.AllCases == [Choice] {
        try choice(name, named: { Choice(rawValue: $0) }, numberedFrom: first)
    }

    /// The one of the choices that the text `name` is; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` with all choices when it is none of them.
    package func oneOf<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Choice? {
        guard let text = try string(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw MartletError(
                .invalidParameterValue,
                "Invalid value '\(text.prefix(100))' for '\(name)'. It must be one of \(names)."
            )
        }
        return choice
    }

    /// The one of the choices that the text `name` is, which must be there.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is absent, and with all choices when it is none of them.
    package func requiredOneOf<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Choice {
        guard let choice: Choice = try oneOf(name) else { throw missing(name) }
        return choice
    }

    /// A text that must be there and not be empty.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    package func requiredString(_ name: String) throws -> String {
        guard let text = try string(name), !text.isEmpty else { throw missing(name) }
        return text
    }

    /// A 64-bit whole number, also written as text; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is something else.
    package func integer(_ name: String) throws -> Int64? {
        guard let value = try value(name) else { return nil }
        if let number = value.integerValue { return number }
        guard let number = value.stringValue.flatMap({ Int64($0) }) else { throw wrongType(value, name) }
        return number
    }

    /// A 64-bit whole number that must be there.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    package func requiredInteger(_ name: String) throws -> Int64 {
        guard let number = try integer(name) else { throw missing(name) }
        return number
    }

    /// A number, also written as text, `"NaN"` and `"Infinity"` among it; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is something else.
    package func double(_ name: String) throws -> Double? {
        guard let value = try value(name) else { return nil }
        if let number = value.doubleValue { return number }
        guard let number = value.stringValue.flatMap({ Double($0) }) else { throw wrongType(value, name) }
        return number
    }

    /// `true` or `false`, also written as text; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is something else.
    package func boolean(_ name: String) throws -> Bool? {
        switch try value(name) {
        case nil: return nil
        case .boolean(let flag)?: return flag
        case .string(let text)? where text.lowercased() == "true": return true
        case .string(let text)? where text.lowercased() == "false": return false
        case let other?:
            throw MartletError(.invalidParameterValue, "Invalid boolean value \(other.text.prefix(100)) for '\(name)'.")
        }
    }

    /// Texts; empty when absent, one when a query gives one.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is something else.
    package func strings(_ name: String) throws -> [String] {
        switch try value(name) {
        case nil: return []
        case .string(let text)?: return [text]
        case .array(let elements)?:
            return try elements.map { element in
                // Experiment ids come as numbers from some clients.
                if let number = element.integerValue { return String(number) }
                guard let text = element.stringValue else { throw wrongType(.array(elements), name) }
                try refuseNUL(text, name)
                return text
            }
        case let other?: throw wrongType(other, name)
        }
    }

    /// Objects, each with its fields; empty when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is something else.
    package func objects(_ name: String) throws -> [MLflowFields] {
        guard let value = try value(name) else { return [] }
        guard let elements = value.arrayValue else { throw wrongType(value, name) }
        return try elements.enumerated().map { index, element in
            guard let object = element.objectValue else { throw wrongType(value, name) }
            return MLflowFields(object, at: .element(list: place.path + name, index: index))
        }
    }

    /// The fields of an object that must be there.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is something else or absent.
    package func requiredObject(_ name: String) throws -> MLflowFields {
        guard let value = try value(name) else { throw missing(name) }
        guard let object = value.objectValue else { throw wrongType(value, name) }
        return MLflowFields(object, at: .member(place.path + name))
    }

    /// Tags: objects with `key` and `value`; a missing value is empty.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is something else.
    package func tags(_ name: String) throws -> [(key: String, value: String)] {
        try objects(name).map { tag in (try tag.requiredString("key"), try tag.string("value") ?? "") }
    }

    /// Texts with the names that they have in an object, in its order; empty when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is something else.
    package func namedTexts(_ name: String) throws -> [(name: String, text: String)] {
        guard let value = try value(name) else { return [] }
        guard let members = value.objectValue?.members else { throw wrongType(value, name) }
        return try members.map { member in
            guard let text = member.value.stringValue else { throw wrongType(value, name) }
            try refuseNUL(member.name, name)
            try refuseNUL(text, name)
            return (name: member.name, text: text)
        }
    }

    /// All fields as they stand there.
    var json: JSON { .object(object) }

    /// A run's id under either of its names.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when both are absent or empty.
    package func runID() throws -> RunID {
        if let id = try string("run_id"), !id.isEmpty { return RunID(id) }
        if let id = try string("run_uuid"), !id.isEmpty { return RunID(id) }
        throw missing("run_id")
    }

    /// The page that a list begins with; nil for the first.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a token that is none of ours.
    package func page() throws -> PageToken? {
        guard let text = try string("page_token"), !text.isEmpty else { return nil }
        return try PageToken(text)
    }

    /// How many items a page may hold.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` outside 1 to `max`, and when absent without a default.
    package func limit(_ name: String = "max_results", default standard: Int?, max: Int) throws -> Int {
        let given = try integer(name)
        guard let number = given ?? standard.map(Int64.init) else { return try limit(0, name, max) }
        return try limit(number, name, max)
    }

    private func limit(_ number: Int64, _ name: String, _ max: Int) throws -> Int {
        guard number >= 1 else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid value \(number) for parameter '\(name)' supplied. It must be a positive integer"
            )
        }
        guard number <= Int64(max) else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid value \(number) for parameter '\(name)' supplied:  Hint: It must be at most \(max)"
            )
        }
        return Int(number)
    }

    // MARK: Faults

    /// The fault of a field that must be there.
    package func missing(_ name: String) -> MartletError {
        MartletError(
            .invalidParameterValue,
            "Missing value for required parameter '\(place.path)\(name)'. "
                + "See the API docs for more information about request parameters."
        )
    }

    /// PostgreSQL can't store U+0000 in a text, and no name or value has a use for it.
    private func refuseNUL(_ text: String, _ name: String) throws {
        guard text.utf8.contains(0) else { return }
        throw MartletError(
            .invalidParameterValue,
            "Invalid value for parameter '\(place.path)\(name)' supplied: the character U+0000 is not allowed."
        )
    }

    /// The fault of a value that can't be what `name` is to be.
    func wrongType(_ value: JSON, _ name: String) -> MartletError {
        MartletError(
            .invalidParameterValue,
            "Invalid value \(value.text.prefix(200)) for parameter '\(place.path)\(name)' supplied:  "
                + "Hint: Value was of type '\(Self.pythonType(value))'. "
                + "See the API docs for more information about request parameters."
        )
    }

    private static func pythonType(_ value: JSON) -> String {
        switch value {
        case .null: "NoneType"
        case .boolean: "bool"
        case .integer: "int"
        case .number: "float"
        case .string: "str"
        case .array: "list"
        case .object: "dict"
        }
    }
}
