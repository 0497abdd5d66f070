import Kernel

/// Turns what is written for arguments into what MLflow's REST calls take.
struct GraphQLArguments {
    let schema: GraphQLSchema
    let variables: GraphQLVariables

    /// The arguments of `node` by their names in queries, their members by their names in REST calls; what is null or
    /// not given is left out.
    ///
    /// - Throws: ``GraphQLError`` for an argument that the field has not, or of another type.
    func values(of node: GraphQLFieldNode, _ field: GraphQLField, in type: String) throws(GraphQLError) -> JSONObject {
        var values = JSONObject()
        for argument in node.arguments {
            guard let expected = field.arguments[argument.name] else {
                throw GraphQLError("Unknown argument '\(argument.name.prefix(100))' on field '\(type).\(field.name)'.")
            }
            guard values[argument.name] == nil else {
                throw GraphQLError("There can be only one argument named '\(argument.name)'.")
            }
            if let value = try value(argument.value, as: expected) { values[argument.name] = value }
        }
        return values
    }

    private func value(_ value: GraphQLValue, as type: GraphQLInputType) throws(GraphQLError) -> JSON? {
        switch (type, value) {
        case (_, .variable(let name)):
            guard let value = try variables.value(name, as: type.notation) else { return nil }
            return try self.value(value, as: type)
        case (_, .null): return nil
        case (.string, .string(let text)), (.string, .text(let text)): return .string(text)
        case (.integer, .integer(let text)):
            guard let number = Int32(text) else { throw Self.unfit(text, type) }
            return .integer(Int64(number))
        case (.longString, .integer(let text)), (.longString, .text(let text)):
            guard let number = Int64(text) else { throw Self.unfit(text, type) }
            return .integer(number)
        case (.enumeration(let name, let names), .enumeration(let text)),
            (.enumeration(let name, let names), .text(let text)):
            guard names.contains(text) else {
                throw GraphQLError("Value '\(text.prefix(100))' does not exist in '\(name)' enum.")
            }
            return .string(text)
        case (.list(let element), .list(let values)): return .array(try elements(values, element, type))
        case (.list(let element), _): return .array(try elements([value], element, type))
        case (.object(let name), .object(let given)): return .object(try members(of: name, given))
        default: throw Self.unfit(Self.description(value), type)
        }
    }

    private func elements(
        _ values: [GraphQLValue],
        _ element: GraphQLInputType,
        _ list: GraphQLInputType
    ) throws(GraphQLError) -> [JSON] {
        var elements: [JSON] = []
        for value in values {
            guard let element = try self.value(value, as: element) else { throw Self.unfit("null", list) }
            elements.append(element)
        }
        return elements
    }

    private func members(of name: String, _ members: [GraphQLArgumentNode]) throws(GraphQLError) -> JSONObject {
        guard let input = schema.input(name) else { preconditionFailure("the schema has no input \(name)") }
        var values = JSONObject()
        for member in members {
            guard let field = input.fields[member.name] else {
                throw GraphQLError("Field '\(member.name.prefix(100))' is not defined by type '\(name)'.")
            }
            guard values[field.source] == nil else {
                throw GraphQLError("There can be only one input field named '\(member.name)'.")
            }
            if let value = try value(member.value, as: field.type) { values[field.source] = value }
        }
        return values
    }

    private static func unfit(_ value: String, _ type: GraphQLInputType) -> GraphQLError {
        GraphQLError("Expected value of type '\(type.notation)', found \(value.prefix(100)).")
    }

    private static func description(_ value: GraphQLValue) -> String {
        switch value {
        case .variable(let name): "$\(name)"
        case .integer(let text), .float(let text), .enumeration(let text): text
        case .string(let text), .text(let text): "\"\(text.prefix(90))\""
        case .boolean(let flag): flag ? "true" : "false"
        case .null: "null"
        case .list: "a list"
        case .object: "an object"
        }
    }
}
