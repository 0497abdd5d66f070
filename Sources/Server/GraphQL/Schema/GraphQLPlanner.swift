import Kernel

/// Checks selections and merges what is asked twice. How deep they go was bounded before.
struct GraphQLPlanner {
    /// A field as it was found, among all that are answered under one name.
    private struct Found {
        let node: GraphQLFieldNode
        let isIncluded: Bool
    }

    let schema: GraphQLSchema
    let fragments: [String: GraphQLFragment]
    let arguments: GraphQLArguments

    /// What `lists` of selections ask of the type `name`.
    ///
    /// - Throws: ``GraphQLError`` for what the type has not.
    func selection(_ lists: [[GraphQLSelection]], of name: String) throws(GraphQLError) -> GraphQLPlan.Selection {
        guard let type = schema.object(name) else { preconditionFailure("the schema has no type \(name)") }
        var fields: [GraphQLPlan.Field] = []
        for found in try grouped(lists, of: name) {
            // What is left out has to be right too.
            let field = try field(found.map(\.node), of: type)
            let included = found.filter(\.isIncluded).map(\.node)
            if included.count == found.count {
                fields.append(field)
            } else if !included.isEmpty {
                fields.append(try self.field(included, of: type))
            }
        }
        return GraphQLPlan.Selection(type: name, fields: fields)
    }

    /// The fields of one level by the names of their answers, in the order in which these first stand.
    private func grouped(_ lists: [[GraphQLSelection]], of type: String) throws(GraphQLError) -> [[Found]] {
        var order: [String] = []
        var groups: [String: [Found]] = [:]
        var seen: Set<String> = []
        // The last list is the next; what stands in a fragment comes where the fragment stands.
        var waiting = lists.reversed().map { (rest: $0[...], isIncluded: true) }
        while var (rest, isIncluded) = waiting.popLast() {
            guard let selection = rest.popFirst() else { continue }
            waiting.append((rest, isIncluded))
            switch selection {
            case .field(let node):
                if groups[node.key] == nil { order.append(node.key) }
                isIncluded = try arguments.variables.includes(node.directives) && isIncluded
                groups[node.key, default: []].append(Found(node: node, isIncluded: isIncluded))
            case .inline(let condition, let directives, let inner):
                if let condition { try check(condition, against: type) }
                waiting.append((inner[...], try arguments.variables.includes(directives) && isIncluded))
            case .spread(let name, let directives):
                guard let fragment = fragments[name] else {
                    throw GraphQLError("Unknown fragment '\(name.prefix(100))'.")
                }
                try check(fragment.type, against: type)
                isIncluded = try arguments.variables.includes(directives) && isIncluded
                // Once is enough, unless that once was left out.
                guard seen.insert("\(isIncluded) \(name)").inserted else { continue }
                waiting.append((fragment.selections[...], isIncluded))
            }
        }
        return order.compactMap { groups[$0] }
    }

    private func check(_ condition: String, against type: String) throws(GraphQLError) {
        guard schema.object(condition) != nil else {
            throw GraphQLError("Unknown type '\(condition.prefix(100))'.")
        }
        guard condition == type else {
            throw GraphQLError(
                "Fragment cannot be spread here as objects of type '\(type)' can never be of type '\(condition)'."
            )
        }
    }

    private func field(_ nodes: [GraphQLFieldNode], of type: GraphQLObjectType) throws(GraphQLError)
        -> GraphQLPlan.Field
    {
        let node = nodes[0]
        if let other = nodes.first(where: { $0.name != node.name }) {
            throw Self.conflict(node.key, "'\(node.name)' and '\(other.name)' are different fields")
        }
        let lists = nodes.map(\.selections).filter { !$0.isEmpty }
        if node.name == "__typename" {
            guard lists.isEmpty, nodes.allSatisfy(\.arguments.isEmpty) else { throw Self.noSubfields(node, "String!") }
            return GraphQLPlan.Field(key: node.key, definition: nil, arguments: JSONObject(), selection: nil)
        }
        guard let definition = type.field(node.name) else {
            throw GraphQLError("Cannot query field '\(node.name.prefix(100))' on type '\(type.name)'.")
        }
        let values = try arguments.values(of: node, definition, in: type.name)
        for other in nodes.dropFirst() {
            guard try arguments.values(of: other, definition, in: type.name) == values else {
                throw Self.conflict(node.key, "they have differing arguments")
            }
        }
        guard let inner = definition.type.objectName else {
            guard lists.isEmpty else { throw Self.noSubfields(node, definition.type.notation) }
            return GraphQLPlan.Field(key: node.key, definition: definition, arguments: values, selection: nil)
        }
        guard !lists.isEmpty else {
            throw GraphQLError(
                "Field '\(node.name)' of type '\(definition.type.notation)' must have a selection of subfields. "
                    + "Did you mean '\(node.name) { ... }'?"
            )
        }
        let selection = try selection(lists, of: inner)
        return GraphQLPlan.Field(key: node.key, definition: definition, arguments: values, selection: selection)
    }

    private static func conflict(_ key: String, _ reason: String) -> GraphQLError {
        GraphQLError(
            "Fields '\(key.prefix(100))' conflict because \(reason). Use different aliases on the fields to fetch both if this "
                + "was intentional."
        )
    }

    private static func noSubfields(_ node: GraphQLFieldNode, _ type: String) -> GraphQLError {
        GraphQLError("Field '\(node.name)' must not have a selection since type '\(type)' has no subfields.")
    }
}
