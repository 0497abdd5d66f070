import Kernel

/// Looks up the key by which a request is held to a variant; nothing is read unless a policy asks.
enum RequestKey {
    /// Looks `key` up in a request.
    ///
    /// - Parameters:
    ///   - key: where it is.
    ///   - body: the request's body.
    ///   - header: answers the value of a header by its name in lower case.
    /// - Returns: the text; nil when the request has none.
    static func text(_ key: RoutingKey, _ body: UnsafeRawBufferPointer, header: (String) -> String?) -> String? {
        switch key {
        case .header(let name): header(name)
        case .field(let name): field(name, body)
        }
    }

    /// The same in a request whose body is not JSON, and which has `parameters`.
    static func text(_ key: RoutingKey, _ parameters: [String: String], header: (String) -> String?) -> String? {
        switch key {
        case .header(let name): header(name)
        case .field(let name): parameters[name]
        }
    }

    private static func field(_ name: String, _ body: UnsafeRawBufferPointer) -> String? {
        // A body that is no JSON is refused where its inputs are read.
        guard let document = try? JSON.parse(raw: body), let members = document.objectValue else { return nil }
        if let text = members[name]?.keyText { return text }
        if let text = members["parameters"]?.objectValue?[name]?.keyText { return text }
        for rows in ["inputs", "dataframe_records", "instances"] {
            let first = members[rows].flatMap { $0.arrayValue?.first ?? $0 }
            if let text = first?.objectValue?[name]?.keyText { return text }
        }
        guard let frame = members["dataframe_split"]?.objectValue, let columns = frame["columns"]?.arrayValue,
            let row = frame["data"]?.arrayValue?.first?.arrayValue,
            let column = columns.firstIndex(of: .string(name)), column < row.count
        else { return nil }
        return row[column].keyText
    }
}

extension JSON {
    /// A text, or a number as it is written; nil for anything else.
    fileprivate var keyText: String? {
        switch self {
        case .string(let content): content
        case .integer, .number, .boolean: text
        case .array(let elements) where elements.count == 1: elements[0].keyText
        default: nil
        }
    }
}
