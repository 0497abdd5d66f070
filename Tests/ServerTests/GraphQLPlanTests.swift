import Kernel
import Testing

@testable import Server

@Suite("A GraphQL query is checked")
struct GraphQLPlanTests {
    private func plan(
        _ text: String,
        operation: String? = nil,
        variables: JSONObject = JSONObject()
    ) throws(GraphQLError) -> GraphQLPlan {
        let document = try GraphQLParser.parse(text)
        return try GraphQLPlan(document, operation: operation, variables: variables, schema: .mlflow)
    }

    private func fault(_ text: String, operation: String? = nil, variables: JSONObject = JSONObject()) -> String? {
        do throws(GraphQLError) {
            _ = try plan(text, operation: operation, variables: variables)
            return nil
        } catch {
            return error.message
        }
    }

    private func limited(_ text: String, _ environment: [String: String] = [:]) throws -> String? {
        let limits = try GraphQLLimits(environment: environment)
        do throws(GraphQLError) {
            try limits.check(try GraphQLParser.parse(text))
            return nil
        } catch {
            return error.message
        }
    }

    /// The names of answers, nested ones in parentheses.
    private func outline(_ selection: GraphQLPlan.Selection) -> String {
        selection.fields.map { field in
            field.key + (field.selection.map { "(" + outline($0) + ")" } ?? "")
        }.joined(separator: " ")
    }

    @Test("and merged: what stands twice is answered once, where it first stands")
    func merging() throws {
        let text = """
            query Q($no: Boolean = false, $yes: Boolean!) {
              a: mlflowGetRun(input: {runId: "x"}) { run { info { status } ...R } }
              __typename
              a: mlflowGetRun(input: {runId: "x"}) {
                run { info { runId status } data @skip(if: $yes) { params { key } } }
                ... on MlflowGetRunResponse { run { info @include(if: $no) { endTime } } }
              }
            }
            fragment R on MlflowRunExtension { experiment { name } info { runName } ...R }
            """
        let plan = try plan(text, variables: ["yes": true, "further": 1])
        #expect(outline(plan.root) == "a(run(info(status runName runId) experiment(name))) __typename")
        #expect(plan.root.fields.first?.arguments == ["input": ["run_id": "x"]])
    }

    @Test("and its arguments become those of REST calls, from literals as from variables")
    func arguments() throws {
        let literal = """
            { mlflowSearchRuns(input: {experimentIds: "1", runViewType: ALL, maxResults: 5, filter: null}) { nextPageToken } }
            """
        #expect(
            try plan(literal).root.fields[0].arguments
                == ["input": ["experiment_ids": ["1"], "run_view_type": "ALL", "max_results": 5]]
        )
        let variable = "query ($i: MlflowSearchRunsInput!) { mlflowSearchRuns(input: $i) { nextPageToken } }"
        let input: JSON = ["experimentIds": ["1", "2"], "runViewType": "DELETED_ONLY", "orderBy": nil]
        #expect(
            try plan(variable, variables: ["i": input]).root.fields[0].arguments
                == ["input": ["experiment_ids": ["1", "2"], "run_view_type": "DELETED_ONLY"]]
        )
        let inner =
            "query ($n: LongString, $ids: [String!]) { mlflowSearchModelVersions(input: {maxResults: $n, orderBy: $ids}) { nextPageToken } }"
        #expect(
            try plan(inner, variables: ["n": "7"]).root.fields[0].arguments == ["input": ["max_results": 7]]
        )
    }

    @Test(
        "and refused for what the schema has not",
        arguments: [
            ("{ nope }", "Cannot query field 'nope' on type 'Query'."),
            ("{ test(inputString: \"\") { nope } }", "Cannot query field 'nope' on type 'Test'."),
            ("{ __schema { types { name } } }", "Cannot query field '__schema' on type 'Query'."),
            ("{ test(a: 1) { output } }", "Unknown argument 'a' on field 'Query.test'."),
            ("{ test(inputString: 1) { output } }", "Expected value of type 'String', found 1."),
            ("{ test(inputString: WORD) { output } }", "Expected value of type 'String', found WORD."),
            (
                "{ test(inputString: \"\", inputString: \"\") { output } }",
                "There can be only one argument named 'inputString'."
            ),
            (
                "{ test { output { a } } }",
                "Field 'output' must not have a selection since type 'String' has no subfields."
            ),
            (
                "{ test }",
                "Field 'test' of type 'Test' must have a selection of subfields. Did you mean 'test { ... }'?"
            ),
            (
                "{ mlflowGetRun(input: {id: \"1\"}) { apiError { code } } }",
                "Field 'id' is not defined by type 'MlflowGetRunInput'."
            ),
            (
                "{ mlflowSearchRuns(input: {runViewType: SOME}) { nextPageToken } }",
                "Value 'SOME' does not exist in 'MlflowViewType' enum."
            ),
            (
                "{ mlflowSearchRuns(input: {runViewType: \"ALL\"}) { nextPageToken } }",
                "Expected value of type 'MlflowViewType', found \"ALL\"."
            ),
            (
                "{ mlflowSearchRuns(input: {maxResults: 3000000000}) { nextPageToken } }",
                "Expected value of type 'Int', found 3000000000."
            ),
            (
                "{ a: test(inputString: \"1\") { output } a: test(inputString: \"2\") { output } }",
                "Fields 'a' conflict"
            ),
            ("{ a: test { x: output } a: __typename }", "Fields 'a' conflict because 'test' and '__typename'"),
            ("{ ...F }", "Unknown fragment 'F'."),
            ("{ ...F } fragment F on Nope { a }", "Unknown type 'Nope'."),
            (
                "{ ... on Mutation { a } }",
                "Fragment cannot be spread here as objects of type 'Query' can never be of type 'Mutation'."
            ),
            ("{ test @nope { output } }", "Unknown directive '@nope'."),
            ("{ test @skip { output } }", "Directive '@skip' argument 'if' of type 'Boolean!' is required."),
            ("query @nope { test { output } }", "Unknown directive '@nope'."),
            ("{ test(inputString: $a) { output } }", "Variable '$a' is not defined."),
            (
                "query ($a: Int) { test(inputString: $a) { output } }",
                "Variable '$a' of type 'Int' used in position expecting type 'String'."
            ),
            (
                "query ($a: String!) { test(inputString: $a) { output } }",
                "Variable '$a' of required type 'String!' was not provided."
            ),
            ("subscription { a }", "Schema is not configured to execute subscription operation."),
            ("query A { test { output } } query B { test { output } }", "Must provide operation name"),
            ("fragment F on Query { test { output } }", "Must provide an operation."),
        ]
    )
    func faults(text: String, message: String) {
        #expect(fault(text)?.hasPrefix(message) == true, "\(fault(text) ?? "")")
    }

    @Test("and the operation is the one that is named")
    func operations() throws {
        let text = "query A { test { output } } mutation B { testMutation { output } }"
        #expect(try outline(plan(text, operation: "B").root) == "testMutation(output)")
        #expect(fault(text, operation: "C") == "Unknown operation named 'C'.")
        #expect(fault("query A { test { output } } query A { test { output } }", operation: "A") != nil)
        #expect(
            fault("query ($a: String!) { test(inputString: $a) { output } }", variables: ["a": nil])
                == "Variable '$a' of non-null type 'String!' must not be null."
        )
    }

    @Test("against MLflow's bounds, or those of its variables")
    func limits() throws {
        let many = (0..<12).map { "key_\($0): test { output }" }.joined(separator: " ")
        let words =
            "GraphQL queries should have at most 10 root fields, got 12 root fields. To increase the limit, set the "
            + "MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS environment variable."
        #expect(try limited("{ \(many) }") == words)
        #expect(try limited("{ ...F } fragment F on Query { \(many) }") == words)
        let environment = [
            "MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS": "12", "MLFLOW_SERVER_GRAPHQL_MAX_ALIASES": "12",
        ]
        #expect(try limited("{ \(many) }", environment) == nil)
        let aliases = (0..<12).map { "a\($0): output" }.joined(separator: " ")
        #expect(
            try limited("{ test { ... { \(aliases) } } }")?.hasPrefix("GraphQL queries should have at most 10 aliases")
                == true
        )
        let deep = String(repeating: "a { ", count: 11) + "a" + String(repeating: " }", count: 11)
        #expect(try limited("{ \(deep) }") == "Query exceeds maximum depth of 10")
        #expect(try limited("{ ...F } fragment F on T { a { ...F } }") == "Query exceeds maximum depth of 10")
        let wide = (0..<1001).map { "f\($0)" }.joined(separator: " ")
        #expect(try limited("{ test { \(wide) } }") == "Query exceeds maximum total selections of 1000")
        #expect(throws: StartupError.self) {
            try GraphQLLimits(environment: ["MLFLOW_SERVER_GRAPHQL_MAX_ALIASES": "many"])
        }
    }

    @Test("in a time that many variables do not stretch, and of one that stands twice the last counts")
    func variables() throws {
        let declared = (0..<3500).map { "$v\($0): Int" }.joined(separator: " ")
        var given: [(String, JSON)] = [("flag", 1)]
        given += (0..<100_000).map { ("v\($0)", JSON.integer(1)) }
        given.append(("flag", true))
        let text = "query (\(declared) $flag: Boolean!) { __typename test @include(if: $flag) { output } }"
        let variables = JSONObject(given)
        let (found, time) = try processorTime { outline(try plan(text, variables: variables).root) }
        #expect(found == "__typename test(output)")
        #expect(time < .seconds(5))
    }

    @Test("in a time that empty fragments do not stretch")
    func cost() throws {
        // Each fragment spreads all others: far more paths than fields.
        let names = (0..<60).map { "F\($0)" }
        let spreads = names.map { "...\($0)" }.joined(separator: " ")
        let fragments = names.map { "fragment \($0) on Query { \(spreads) a { \(spreads) } }" }.joined(separator: " ")
        let (refusal, time) = try processorTime { try limited("{ \(spreads) } \(fragments)") }
        #expect(refusal != nil)
        #expect(time < .seconds(5))
    }
}
