package import Kernel

/// What a model takes and gives, as the one who logged it declared.
package struct ModelSignature: Sendable {
    /// One column or tensor.
    package enum Field: Hashable, Sendable {
        case column(name: String?, type: ColumnType, isRequired: Bool)
        /// A tensor of a NumPy type; -1 in the shape is a free dimension.
        case tensor(name: String?, dtype: String, shape: [Int])

        /// The name, nil for the one unnamed column or tensor.
        package var name: String? {
            switch self {
            case .column(let name, _, _), .tensor(let name, _, _): name
            }
        }
    }

    /// The type of a column.
    package enum ColumnType: Hashable, Sendable {
        case boolean
        /// 32 bits.
        case integer
        /// 64 bits.
        case long
        /// 32 bits.
        case float
        /// 64 bits.
        case double
        case string
        case binary
        case datetime
        /// One that holds others: `array`, `object`, `map`, `any`.
        case nested(String)

        private static let plain: [String: ColumnType] = [
            "boolean": .boolean, "integer": .integer, "long": .long, "float": .float, "double": .double,
            "string": .string, "binary": .binary, "datetime": .datetime,
        ]

        fileprivate init(_ name: String) {
            self = Self.plain[name] ?? .nested(name)
        }
    }

    /// A param that a caller may set beside the inputs.
    package struct Parameter: Hashable, Sendable {
        /// The name.
        package let name: String
        /// The type.
        package let type: ColumnType
        /// The value when the caller sets none.
        package let standard: JSON
        /// The shape of a list, nil for a single value.
        package let shape: [Int]?
    }

    /// What it takes; nil when not declared.
    package let inputs: [Field]?
    /// What it gives; nil when not declared.
    package let outputs: [Field]?
    /// What may be set beside the inputs.
    package let parameters: [Parameter]
}

extension ModelSignature {
    /// The signature in the `signature` of an `MLmodel`, whose parts are JSON in strings.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` with the part that is wrong.
    init(_ object: JSONObject) throws {
        inputs = try Self.list(object, "inputs").map { try $0.map { try Self.field($0, "inputs") } }
        outputs = try Self.list(object, "outputs").map { try $0.map { try Self.field($0, "outputs") } }
        parameters = try Self.list(object, "params")?.map(Self.parameter) ?? []
    }

    private static func list(_ object: JSONObject, _ part: String) throws -> [JSONObject]? {
        guard let value = object[part], value != .null else { return nil }
        let list: JSON
        switch value {
        case .string(let text):
            do throws(JSONSyntaxError) {
                list = try JSON.parse(text.utf8, nonFinite: .accept)
            } catch {
                throw fault(part, error.description, cause: error)
            }
        default: list = value
        }
        guard let items = list.arrayValue else { throw fault(part, "is not a list") }
        return try items.map { item in
            guard let object = item.objectValue else { throw fault(part, "holds something that is not an object") }
            return object
        }
    }

    private static func field(_ object: JSONObject, _ part: String) throws -> Field {
        guard let type = object["type"]?.stringValue else { throw fault(part, "has a field without a type") }
        let name = object["name"]?.stringValue
        guard type == "tensor" else {
            let isRequired = object["required"] ?? (object["optional"] == true ? false : true)
            return .column(name: name, type: ColumnType(type), isRequired: isRequired != false)
        }
        guard let spec = object["tensor-spec"]?.objectValue, let dtype = spec["dtype"]?.stringValue,
            let shape = try spec["shape"].map({ try dimensions($0, part) })
        else { throw fault(part, "has a tensor without dtype or shape") }
        return .tensor(name: name, dtype: dtype, shape: shape)
    }

    private static func parameter(_ object: JSONObject) throws -> Parameter {
        guard let name = object["name"]?.stringValue,
            let type = (object["type"] ?? object["dtype"])?.stringValue
        else { throw fault("params", "has a param without name or type") }
        let shape = try object["shape"].flatMap { try $0 == .null ? nil : dimensions($0, "params") }
        return Parameter(name: name, type: ColumnType(type), standard: object["default"] ?? .null, shape: shape)
    }

    private static func dimensions(_ json: JSON, _ part: String) throws -> [Int] {
        guard let items = json.arrayValue else { throw fault(part, "has a shape that is not a list") }
        return try items.map { item in
            guard let dimension = item.integerValue.flatMap({ Int(exactly: $0) }) else {
                throw fault(part, "has a shape that is not of whole numbers")
            }
            return dimension
        }
    }

    private static func fault(_ part: String, _ reason: String, cause: (any Error)? = nil) -> MartletError {
        MartletError(.invalidParameterValue, "MLmodel: signature.\(part) \(reason)", cause: cause)
    }
}
