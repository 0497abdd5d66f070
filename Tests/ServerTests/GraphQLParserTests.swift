import Testing

@testable import Server

@Suite("A GraphQL query is read")
struct GraphQLParserTests {
    private func fault(_ text: String) -> String? {
        do throws(GraphQLError) {
            _ = try GraphQLParser.parse(text)
            return nil
        } catch {
            return error.message
        }
    }

    /// The value of the only argument of the only field.
    private func value(_ text: String) throws -> GraphQLValue {
        let document = try GraphQLParser.parse("{ f(a: \(text)) }")
        guard case .field(let field)? = document.operations.first?.selections.first else {
            throw GraphQLError("no field")
        }
        return try #require(field.arguments.first).value
    }

    private func string(_ text: String) throws -> String? {
        guard case .string(let string) = try value(text) else { return nil }
        return string
    }

    @Test("with operations, variables, directives, aliases and fragments")
    func document() throws {
        let text = """
            \u{FEFF}# A comment, "with" everything {
            query One($id: [String!]! = ["a", "b"], $flag: Boolean) @component(name: "x") {
              first: a(input: {id: $id, n: -12, f: 1.5e3, e: ACTIVE, b: true, z: null}) @skip(if: $flag) { ...F }
              ... on T @include(if: true) { b },,, ... { c }
            }
            fragment F on T { d }
            mutation Two { e }
            """
        let document = try GraphQLParser.parse(text)
        #expect(document.operations.map(\.name) == ["One", "Two"])
        #expect(document.operations.map(\.kind) == [.query, .mutation])
        #expect(document.operations[0].variables.map(\.type.notation) == ["[String!]!", "Boolean"])
        #expect(document.operations[0].variables[0].type.nullableNotation == "[String]")
        #expect(document.operations[0].directives.map(\.name) == ["component"])
        #expect(document.operations[0].selections.count == 3)
        #expect(document.fragments["F"]?.type == "T")
        guard case .field(let field) = document.operations[0].selections[0] else {
            Issue.record("no field")
            return
        }
        #expect(field.alias == "first" && field.name == "a" && field.key == "first")
        #expect(field.directives.map(\.name) == ["skip"])
        guard case .object(let members)? = field.arguments.first?.value else {
            Issue.record("no object")
            return
        }
        #expect(members.map(\.name) == ["id", "n", "f", "e", "b", "z"])
    }

    @Test("with strings and their escapes, and blocks without their indentation")
    func strings() throws {
        #expect(try string(#""a\"\\\/\b\f\n\r\tü€""#) == "a\"\\/\u{8}\u{C}\n\r\tü€")
        #expect(try string(#""\u00e9\uD83D\uDE00\u{1F600}""#) == "é😀😀")
        #expect(
            try string("\"\"\"\n    one\n      two \\\"\"\" \n\n    three\n  \"\"\"") == "one\n  two \"\"\" \n\nthree"
        )
        #expect(try string("\"\"\"plain\"\"\"") == "plain")
        #expect(try string("\"\"") == "")
    }

    @Test(
        "or refused with the place of its fault",
        arguments: [
            ("", "Syntax Error: Unexpected <EOF>. (line 1, column 1)"),
            ("{", "Syntax Error: Expected Name, found <EOF>. (line 1, column 2)"),
            ("{ }", "Syntax Error: Expected Name, found '}'. (line 1, column 3)"),
            ("{ a\n  ? }", "Syntax Error: Unexpected character: '?'. (line 2, column 3)"),
            ("{ a(b: 01) }", "Syntax Error: Invalid number, expected digit but got: '1'. (line 1, column 9)"),
            ("{ a(b: 1x) }", "Syntax Error: Invalid number, expected digit but got: 'x'. (line 1, column 9)"),
            ("{ a(b: \"x) }", "Syntax Error: Unterminated string. (line 1, column 13)"),
            ("{ a(b: \"\\q\") }", "Syntax Error: Invalid character escape sequence. (line 1, column 9)"),
            ("{ a(b: \"\\uD83D\") }", "Syntax Error: Invalid Unicode escape sequence. (line 1, column 9)"),
            ("{ a(b: \"\\u+123\") }", "Syntax Error: Invalid Unicode escape sequence. (line 1, column 9)"),
            ("query ($a: Int = $b) { a }", "Syntax Error: Unexpected '$'. (line 1, column 18)"),
            ("what { a }", "Syntax Error: Unexpected Name 'what'. (line 1, column 1)"),
            ("fragment on on T { a }", "Syntax Error: Unexpected Name 'on'. (line 1, column 10)"),
            ("{ a .. }", "Syntax Error: Unexpected character: '.'. (line 1, column 5)"),
        ]
    )
    func faults(text: String, message: String) {
        #expect(fault(text) == message)
    }

    @Test("only as far as it is not too long, too deep or of too many words")
    func bounds() {
        #expect(fault(String(repeating: "{a", count: 200))?.hasPrefix("The query is nested deeper than") == true)
        let list = String(repeating: "[", count: 100_000)
        #expect(fault("{ a(b: \(list)) }")?.hasPrefix("The query is nested deeper than") == true)
        #expect(
            fault("{ " + String(repeating: "a ", count: 15_001) + "}")?.hasPrefix("The query has more than") == true
        )
        #expect(fault(String(repeating: " ", count: 300_000))?.hasPrefix("The query is longer than") == true)
    }

    @Test("in a time that blank lines do not stretch")
    func cost() throws {
        let blank = String(repeating: "\n", count: 200_000)
        let (texts, time) = try processorTime {
            [
                try string("\"\"\"\(blank)a\(blank.prefix(1000))\"\"\""),
                try string("\"\"\"\(blank)\"\"\""),
            ]
        }
        #expect(texts == ["a", ""])
        #expect(time < .seconds(5))
    }

    @Test("whatever bytes it has, to an end")
    func anything() {
        let pieces = [
            "{", "}", "(", ")", "[", "]", "\"", "\"\"\"", "\\", "...", "a", "on", "$", ":", "@", "1", "-", "é", "#",
            "\n",
        ]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let count = Int.random(in: 1...24, using: &generator)
            let text = "{a " + (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            _ = fault(text)
        }
    }
}
