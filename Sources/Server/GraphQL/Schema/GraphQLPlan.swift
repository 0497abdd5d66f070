import Kernel

/// What an operation asks, checked against the schema: each field once, under the name of its answer.
struct GraphQLPlan {
    /// A field to be answered.
    struct Field {
        /// The name under which it is answered.
        let key: String
        /// What is asked; nil for `__typename`.
        let definition: GraphQLField?
        let arguments: JSONObject
        /// What is asked of it, where it has fields.
        let selection: Selection?

        /// Whether the field `name` is asked of it.
        func asks(_ name: String) -> Bool {
            selection?.fields.contains { $0.definition?.name == name } ?? false
        }
    }

    /// What is asked of an object.
    struct Selection {
        let type: String
        let fields: [Field]
    }

    let operation: GraphQLOperation
    let root: Selection

    /// What the operation called `name` of `document` asks; the only one when there is no name.
    ///
    /// - Throws: ``GraphQLError`` for what the schema has not.
    init(
        _ document: GraphQLDocument,
        operation name: String?,
        variables: JSONObject,
        schema: GraphQLSchema
    ) throws(GraphQLError) {
        operation = try Self.operation(name, of: document)
        let type: String
        switch operation.kind {
        case .query: type = schema.query
        case .mutation: type = schema.mutation
        case .subscription:
            throw GraphQLError("Schema is not configured to execute subscription operation.")
        }
        // Who wrote a query does not matter to its answer.
        for directive in operation.directives where directive.name != "component" {
            throw GraphQLError("Unknown directive '@\(directive.name.prefix(100))'.")
        }
        let planner = GraphQLPlanner(
            schema: schema,
            fragments: document.fragments,
            arguments: GraphQLArguments(
                schema: schema,
                variables: try GraphQLVariables(variables, of: operation)
            )
        )
        root = try planner.selection([operation.selections], of: type)
    }

    private static func operation(
        _ name: String?,
        of document: GraphQLDocument
    ) throws(GraphQLError) -> GraphQLOperation {
        guard let name else {
            guard let first = document.operations.first else { throw GraphQLError("Must provide an operation.") }
            guard document.operations.count == 1 else {
                throw GraphQLError("Must provide operation name if query contains multiple operations.")
            }
            return first
        }
        let found = document.operations.filter { $0.name == name }
        guard let first = found.first else {
            throw GraphQLError("Unknown operation named '\(name.prefix(100))'.")
        }
        guard found.count == 1 else { throw GraphQLError("There can be only one operation named '\(name)'.") }
        return first
    }
}
