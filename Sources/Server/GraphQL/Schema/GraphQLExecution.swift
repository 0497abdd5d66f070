import Kernel

/// Answers one request: reads it, checks it, asks for each field at the top, and writes what came.
struct GraphQLExecution {
    /// What a request asks.
    struct Asked {
        let query: String
        let operation: String?
        let variables: JSONObject
    }

    let schema: GraphQLSchema
    let limits: GraphQLLimits

    /// MLflow's form of an answer: `{"data": …, "errors": null}`, each error a text. What is wrong with the query, or with
    /// a field at the top, stands there; `resolve` gives the object behind such a field, nil for null.
    ///
    /// - Throws: what `resolve` throws and is not the caller's fault.
    func answer(
        to asked: Asked,
        _ resolve: (GraphQLPlan.Field) async throws -> JSONObject?
    ) async throws -> JSONWriter {
        let plan: GraphQLPlan
        do throws(GraphQLError) {
            plan = try self.plan(asked)
        } catch {
            return Self.answer(data: nil, errors: [error.message])
        }
        var projection = GraphQLProjection()
        var fields: [(key: String, value: [UInt8])] = []
        var errors: [String] = []
        for field in plan.root.fields {
            var writer = JSONWriter()
            do {
                if field.definition == nil {
                    writer.value(plan.root.type)
                } else if let selection = field.selection, let source = try await resolve(field) {
                    try projection.write(source, selection, to: &writer)
                } else {
                    writer.null()
                }
            } catch let error as GraphQLError {
                errors.append(error.message)
                writer = Self.null
            } catch let error as MartletError where error.code.httpStatus < 500 {
                errors.append(error.message)
                writer = Self.null
            }
            fields.append((field.key, writer.bytes))
        }
        return Self.answer(data: fields, errors: errors)
    }

    private func plan(_ asked: Asked) throws(GraphQLError) -> GraphQLPlan {
        let document = try GraphQLParser.parse(asked.query)
        try limits.check(document)
        return try GraphQLPlan(document, operation: asked.operation, variables: asked.variables, schema: schema)
    }

    private static var null: JSONWriter {
        var writer = JSONWriter()
        writer.null()
        return writer
    }

    private static func answer(data: [(key: String, value: [UInt8])]?, errors: [String]) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("data")
            if let data {
                writer.object { writer in
                    for field in data {
                        writer.name(data: field.key)
                        writer.raw(field.value)
                    }
                }
            } else {
                writer.null()
            }
            writer.name("errors")
            guard !errors.isEmpty else { return writer.null() }
            writer.array { writer in for error in errors { writer.value(error) } }
        }
        return writer
    }
}
