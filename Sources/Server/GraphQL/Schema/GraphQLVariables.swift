import Kernel

/// The variables of one request, checked against what the operation declares.
struct GraphQLVariables {
    private var types: [String: GraphQLTypeReference] = [:]
    private var values: [String: GraphQLValue] = [:]

    /// What `given` says of the variables of `operation`; further ones count for nothing.
    ///
    /// - Throws: ``GraphQLError`` when one that must be given is not.
    init(_ given: JSONObject, of operation: GraphQLOperation) throws(GraphQLError) {
        let given = Dictionary(given.members.map { ($0.name, $0.value) }) { _, last in last }
        for variable in operation.variables {
            let (name, type) = (variable.name, variable.type)
            guard types.updateValue(type, forKey: name) == nil else {
                throw GraphQLError("There can be only one variable named '$\(name)'.")
            }
            values[name] = given[name].map { GraphQLValue($0) } ?? variable.standard
            guard type.isRequired else { continue }
            switch values[name] {
            case nil:
                throw GraphQLError("Variable '$\(name)' of required type '\(type.notation)' was not provided.")
            case .null?:
                throw GraphQLError("Variable '$\(name)' of non-null type '\(type.notation)' must not be null.")
            default: continue
            }
        }
    }

    /// The value of the variable `name` at a place of type `notation`; nil when nobody gave it.
    ///
    /// - Throws: ``GraphQLError`` when there is none of the name, or it is of another type.
    func value(_ name: String, as notation: String) throws(GraphQLError) -> GraphQLValue? {
        guard let type = types[name] else { throw GraphQLError("Variable '$\(name)' is not defined.") }
        guard type.nullableNotation == notation else {
            throw GraphQLError(
                "Variable '$\(name)' of type '\(type.notation)' used in position expecting type '\(notation)'."
            )
        }
        return values[name]
    }

    /// Whether `@skip` and `@include` leave a selection in.
    ///
    /// - Throws: ``GraphQLError`` for a directive that is not known, or that does not say whether.
    func includes(_ directives: [GraphQLDirective]) throws(GraphQLError) -> Bool {
        var isIncluded = true
        for directive in directives {
            guard directive.name == "skip" || directive.name == "include" else {
                throw GraphQLError("Unknown directive '@\(directive.name.prefix(100))'.")
            }
            let condition = directive.arguments.first { $0.name == "if" }?.value
            var value = condition
            if case .variable(let name)? = condition { value = try self.value(name, as: "Boolean") }
            guard case .boolean(let flag)? = value else {
                throw GraphQLError("Directive '@\(directive.name)' argument 'if' of type 'Boolean!' is required.")
            }
            if flag == (directive.name == "skip") { isIncluded = false }
        }
        return isIncluded
    }
}
