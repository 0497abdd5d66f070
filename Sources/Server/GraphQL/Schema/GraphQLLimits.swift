/// Bounds on what one query may ask, those of MLflow 3.18.
struct GraphQLLimits: Sendable {
    static let depthMax = 10
    static let selectionsMax = 1000
    /// Spreads and inline fragments are steps too, so that empty ones are not free.
    private static let stepsMax = 20 * selectionsMax
    private static let rootFieldsVariable = "MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS"
    private static let aliasesVariable = "MLFLOW_SERVER_GRAPHQL_MAX_ALIASES"

    /// The most fields at the top.
    let rootFieldsMax: Int
    /// The most aliases side by side.
    let aliasesMax: Int

    /// MLflow's bounds, or those that its variables name.
    ///
    /// - Throws: ``StartupError`` when a variable is no whole number from 1.
    init(environment: [String: String] = [:]) throws {
        func bound(_ variable: String) throws -> Int {
            guard let text = environment[variable] else { return 10 }
            guard let number = Int(text), number >= 1 else {
                throw StartupError("\(variable) is a whole number from 1, not '\(text)'.")
            }
            return number
        }
        rootFieldsMax = try bound(Self.rootFieldsVariable)
        aliasesMax = try bound(Self.aliasesVariable)
    }

    /// Refuses a query that asks for too much.
    ///
    /// - Throws: ``GraphQLError`` in MLflow's words.
    func check(_ document: GraphQLDocument) throws(GraphQLError) {
        var count = Count()
        for operation in document.operations {
            var waiting = [(selections: operation.selections, depth: 1)]
            while let (selections, depth) = waiting.popLast() {
                guard depth <= Self.depthMax else {
                    throw GraphQLError("Query exceeds maximum depth of \(Self.depthMax)")
                }
                let fields = try Self.fields(selections, document.fragments, &count)
                if depth == 1 { count.rootFields += fields.count }
                count.selections += fields.count
                count.aliasesMax = max(count.aliasesMax, fields.count { $0.alias != nil })
                guard count.selections <= Self.selectionsMax else { throw Self.tooManySelections }
                for field in fields where !field.selections.isEmpty { waiting.append((field.selections, depth + 1)) }
            }
        }
        guard count.rootFields <= rootFieldsMax else {
            throw Self.tooMany("root fields", count.rootFields, rootFieldsMax, Self.rootFieldsVariable)
        }
        guard count.aliasesMax <= aliasesMax else {
            throw Self.tooMany("aliases", count.aliasesMax, aliasesMax, Self.aliasesVariable)
        }
    }

    private struct Count {
        var rootFields = 0
        var aliasesMax = 0
        var selections = 0
        var steps = 0
    }

    /// The fields of one level, those of fragments among them, each fragment once.
    private static func fields(
        _ selections: [GraphQLSelection],
        _ fragments: [String: GraphQLFragment],
        _ count: inout Count
    ) throws(GraphQLError) -> [GraphQLFieldNode] {
        var fields: [GraphQLFieldNode] = []
        var seen: Set<String> = []
        var waiting = [selections[...]]
        while var list = waiting.popLast() {
            guard let selection = list.popFirst() else { continue }
            waiting.append(list)
            count.steps += 1
            guard count.steps <= stepsMax else { throw tooManySelections }
            switch selection {
            case .field(let field): fields.append(field)
            case .inline(_, _, let inner): waiting.append(inner[...])
            case .spread(let name, _):
                if seen.insert(name).inserted, let inner = fragments[name]?.selections { waiting.append(inner[...]) }
            }
        }
        return fields
    }

    private static let tooManySelections = GraphQLError(
        "Query exceeds maximum total selections of \(selectionsMax)"
    )

    private static func tooMany(_ what: String, _ count: Int, _ bound: Int, _ variable: String) -> GraphQLError {
        GraphQLError(
            "GraphQL queries should have at most \(bound) \(what), got \(count) \(what). To increase the limit, set the "
                + "\(variable) environment variable."
        )
    }
}
