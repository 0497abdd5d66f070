/// What may be asked: types with their fields.
struct GraphQLSchema: Sendable {
    /// The type of queries.
    let query: String
    /// The type of mutations.
    let mutation: String
    private let objects: [String: GraphQLObjectType]
    private let inputs: [String: GraphQLInputObject]

    init(query: String, mutation: String, objects: [GraphQLObjectType], inputs: [GraphQLInputObject]) {
        self.query = query
        self.mutation = mutation
        self.objects = Dictionary(uniqueKeysWithValues: objects.map { ($0.name, $0) })
        self.inputs = Dictionary(uniqueKeysWithValues: inputs.map { ($0.name, $0) })
    }

    func object(_ name: String) -> GraphQLObjectType? { objects[name] }

    func input(_ name: String) -> GraphQLInputObject? { inputs[name] }
}

/// A type whose fields may be asked for.
struct GraphQLObjectType: Sendable {
    let name: String
    private let fields: [String: GraphQLField]

    init(_ name: String, _ fields: [GraphQLField]) {
        self.name = name
        self.fields = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0) })
    }

    func field(_ name: String) -> GraphQLField? { fields[name] }
}

/// A field of a type.
struct GraphQLField: Sendable {
    /// Its name in queries, in lowerCamelCase.
    let name: String
    /// The name of the member that holds it in MLflow's REST answers, in snake_case.
    let source: String
    let type: GraphQLOutputType
    /// What it takes, by name.
    let arguments: [String: GraphQLInputType]

    /// The field that MLflow's REST answers call `source`.
    init(_ source: String, _ type: GraphQLOutputType, _ arguments: [String: GraphQLInputType] = [:]) {
        name = GraphQLName.camelCase(source)
        self.source = source
        self.type = type
        self.arguments = arguments
    }
}

/// What a field is. What REST leaves out is protobuf's standard value, as in MLflow's own answers.
indirect enum GraphQLOutputType: Sendable {
    case string
    /// A number; null where it is not finite, which GraphQL can't say.
    case float
    case boolean
    /// A 64-bit whole number as a text, for JavaScript has 53 bits.
    case longString
    /// One of some names; the first where REST leaves it out.
    case enumeration(String, [String])
    case object(String)
    case list(GraphQLOutputType)
    /// An object that is never there.
    case never(String)

    /// How messages write it.
    var notation: String {
        switch self {
        case .string: "String"
        case .float: "Float"
        case .boolean: "Boolean"
        case .longString: "LongString"
        case .enumeration(let name, _), .object(let name), .never(let name): name
        case .list(.object(let name)): "[\(name)!]"
        case .list(let element): "[\(element.notation)]"
        }
    }

    /// The name of the type whose fields are to be selected; nil for one without fields.
    var objectName: String? {
        switch self {
        case .object(let name), .never(let name): name
        case .list(let element): element.objectName
        case .string, .float, .boolean, .longString, .enumeration: nil
        }
    }
}

/// What an argument takes; null for none of it.
indirect enum GraphQLInputType: Sendable {
    case string
    case integer
    case longString
    case enumeration(String, [String])
    case list(GraphQLInputType)
    case object(String)

    /// How messages and variables write it.
    var notation: String {
        switch self {
        case .string: "String"
        case .integer: "Int"
        case .longString: "LongString"
        case .enumeration(let name, _), .object(let name): name
        case .list(let element): "[\(element.notation)]"
        }
    }
}

/// An object that an argument takes.
struct GraphQLInputObject: Sendable {
    let name: String
    /// Its fields by their names in queries, each with its name in MLflow's REST calls.
    let fields: [String: (source: String, type: GraphQLInputType)]

    init(_ name: String, _ fields: [(String, GraphQLInputType)]) {
        self.name = name
        self.fields = Dictionary(
            uniqueKeysWithValues: fields.map { (GraphQLName.camelCase($0.0), (source: $0.0, type: $0.1)) }
        )
    }
}

/// How names are spelled in queries.
enum GraphQLName {
    /// `run_id` as `runId`.
    static func camelCase(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
