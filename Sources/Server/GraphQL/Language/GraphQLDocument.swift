import Kernel

/// A query as it is written: operations and the fragments that they share.
struct GraphQLDocument {
    var operations: [GraphQLOperation] = []
    var fragments: [String: GraphQLFragment] = [:]
}

/// Something to be done, with the fields that are wanted of it.
struct GraphQLOperation {
    enum Kind: String {
        case query, mutation, subscription
    }

    let kind: Kind
    let name: String?
    let variables: [GraphQLVariable]
    let directives: [GraphQLDirective]
    let selections: [GraphQLSelection]
}

/// A variable that an operation takes.
struct GraphQLVariable {
    let name: String
    let type: GraphQLTypeReference
    /// What it is when the request does not say.
    let standard: GraphQLValue?
}

/// Fields of one type that several places name at once.
struct GraphQLFragment {
    let type: String
    let selections: [GraphQLSelection]
}

/// What is wanted of an object.
enum GraphQLSelection {
    case field(GraphQLFieldNode)
    case spread(String, [GraphQLDirective])
    case inline(type: String?, [GraphQLDirective], [GraphQLSelection])
}

/// A field that is wanted.
struct GraphQLFieldNode {
    let alias: String?
    let name: String
    let arguments: [GraphQLArgumentNode]
    let directives: [GraphQLDirective]
    let selections: [GraphQLSelection]

    /// The name under which it is answered.
    var key: String { alias ?? name }
}

/// A value given by its name.
struct GraphQLArgumentNode {
    let name: String
    let value: GraphQLValue
}

/// `@name(arguments)`.
struct GraphQLDirective {
    let name: String
    let arguments: [GraphQLArgumentNode]
}

/// A value as it is written.
indirect enum GraphQLValue {
    case variable(String)
    case integer(String)
    case float(String)
    case string(String)
    case boolean(Bool)
    case null
    case enumeration(String)
    /// A text in the request's variables, which stands for a string as well as for an enumeration's name.
    case text(String)
    case list([GraphQLValue])
    case object([GraphQLArgumentNode])

    /// A value of the request's variables.
    init(_ json: JSON) {
        switch json {
        case .null: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .integer(let number): self = .integer(String(number))
        case .number(let number): self = .float(number.description)
        case .string(let text): self = .text(text)
        case .array(let elements): self = .list(elements.map { GraphQLValue($0) })
        case .object(let object):
            self = .object(object.members.map { GraphQLArgumentNode(name: $0.name, value: GraphQLValue($0.value)) })
        }
    }
}

/// The type of a variable as it is written.
indirect enum GraphQLTypeReference {
    case named(String)
    case list(GraphQLTypeReference)
    case required(GraphQLTypeReference)

    var isRequired: Bool {
        if case .required = self { true } else { false }
    }

    /// The type as it is written.
    var notation: String {
        switch self {
        case .named(let name): name
        case .list(let element): "[\(element.notation)]"
        case .required(let type): "\(type.notation)!"
        }
    }

    /// The type without its exclamation marks: what it has to be for a place that takes null.
    var nullableNotation: String {
        switch self {
        case .named(let name): name
        case .list(let element): "[\(element.nullableNotation)]"
        case .required(let type): type.nullableNotation
        }
    }
}
