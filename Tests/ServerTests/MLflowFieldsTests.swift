import Kernel
import Server
import Testing

@Suite("A field of MLflow's calls")
struct MLflowFieldsTests {
    private static let seeTheDocs = "See the API docs for more information about request parameters."

    private func refusal(_ body: () throws -> some Any) -> String {
        let error = #expect(throws: MartletError.self) { _ = try body() }
        #expect(error?.code == .invalidParameterValue)
        return error?.message ?? ""
    }

    @Test("is known in snake_case and lowerCamelCase, not in both at once")
    func spellings() throws {
        #expect(try MLflowFields(["experiment_id": "1"]).string("experiment_id") == "1")
        #expect(try MLflowFields(["experimentId": "1"]).string("experiment_id") == "1")
        #expect(try MLflowFields(["ExperimentID": "1", "other": 2]).string("experiment_id") == nil)
        _ = refusal { try MLflowFields(["experiment_id": "1", "experimentId": "1"]).string("experiment_id") }
        let nested = MLflowFields(["datasets": [["dataset": ["sourceType": "x"]]]])
        #expect(try nested.objects("datasets")[0].requiredObject("dataset").string("source_type") == "x")
    }

    @Test("that is null is absent")
    func null() throws {
        let fields = MLflowFields(["a": nil])
        #expect(try fields.string("a") == nil && fields.integer("a") == nil && fields.double("a") == nil)
        #expect(try fields.boolean("a") == nil && fields.strings("a") == [] && fields.objects("a").isEmpty)
        #expect(
            refusal { try fields.requiredString("a") } == "Missing value for required parameter 'a'. " + Self.seeTheDocs
        )
    }

    @Test("that must be there must not be empty, and is named with its place")
    func missing() {
        let fields = MLflowFields(["name": "", "metrics": [["key": "k"]]])
        #expect(
            refusal { try fields.requiredString("name") } == "Missing value for required parameter 'name'. "
                + Self.seeTheDocs
        )
        #expect(
            refusal { try fields.objects("metrics")[0].requiredInteger("timestamp") }
                == "Missing value for required parameter 'metrics[0].timestamp'. " + Self.seeTheDocs
        )
    }

    @Test(
        "of another type is refused with its value and type",
        arguments: [
            (12, "12", "int"), (1.5, "1.5", "float"), (true, "true", "bool"), ([1, "a"], "[1,\"a\"]", "list"),
            (["a": 1], "{\"a\":1}", "dict"),
        ] as [(JSON, String, String)]
    )
    func wrongType(value: JSON, text: String, type: String) {
        #expect(
            refusal { try MLflowFields(["name": value]).string("name") }
                == "Invalid value \(text) for parameter 'name' supplied:  Hint: Value was of type '\(type)'. "
                + Self.seeTheDocs
        )
    }

    @Test(
        "that is a whole number may be a text, or have a fraction of 0",
        arguments: [
            (7, 7), ("7", 7), (7.0, 7), ("-9223372036854775808", .min), (9_223_372_036_854_775_807, .max),
        ] as [(JSON, Int64)]
    )
    func integer(value: JSON, number: Int64) throws {
        #expect(try MLflowFields(["n": value]).integer("n") == number)
    }

    @Test(
        "that is no whole number is refused",
        arguments: ["x", "", "1.5", 1.5, 9.3e18, true, [1], "9223372036854775808"] as [JSON]
    )
    func notInteger(value: JSON) {
        _ = refusal { try MLflowFields(["n": value]).integer("n") }
    }

    @Test("that is a number may be a text, also one that is not finite")
    func double() throws {
        func number(_ value: JSON) throws -> Double? { try MLflowFields(["v": value]).double("v") }
        #expect(try number(1) == 1 && number(0.5) == 0.5 && number("1e3") == 1000)
        #expect(try number("Infinity") == .infinity && number("-Infinity") == -.infinity)
        #expect(try number("NaN")?.isNaN == true)
        for value: JSON in ["x", "", true, [1]] { _ = refusal { try number(value) } }
    }

    @Test("that is true or false may be a text of any case, and nothing else")
    func boolean() throws {
        for value: JSON in [true, "true", "TRUE"] { #expect(try MLflowFields(["b": value]).boolean("b") == true) }
        for value: JSON in [false, "False"] { #expect(try MLflowFields(["b": value]).boolean("b") == false) }
        for value: JSON in [1, "1", "yes", ""] {
            #expect(refusal { try MLflowFields(["b": value]).boolean("b") }.hasPrefix("Invalid boolean value"))
        }
    }

    @Test("of a closed set is known by name and number; a stranger counts as absent")
    func choice() throws {
        enum Side: String, CaseIterable {
            case left = "LEFT"
            case right = "RIGHT"
        }
        func side(_ value: JSON) throws -> Side? { try MLflowFields(["s": value]).choice("s", numberedFrom: 1) }
        #expect(try side("LEFT") == .left && side(1) == .left && side(2) == .right && side(nil) == nil)
        for value: JSON in ["BOGUS", "", 0, 3, .integer(.min), .integer(.max)] { #expect(try side(value) == nil) }
        _ = refusal { try side([]) }
        _ = refusal { try side(1.5) }
        let named = try MLflowFields(["s": "l"]).choice("s", named: { $0 == "l" ? Side.left : nil }, numberedFrom: 0)
        #expect(named == .left)
    }

    @Test("with many texts may be one of them, or hold numbers")
    func strings() throws {
        #expect(try MLflowFields(["ids": "1"]).strings("ids") == ["1"])
        #expect(try MLflowFields(["ids": ["1", 2]]).strings("ids") == ["1", "2"])
        for value: JSON in [1, [["a"]], [1.5], ["a": 1]] {
            _ = refusal { try MLflowFields(["ids": value]).strings("ids") }
        }
    }

    @Test("with tags needs keys, not values")
    func tags() throws {
        let tags = try MLflowFields(["tags": [["key": "a", "value": "1"], ["key": "b"]]]).tags("tags")
        #expect(tags.map { $0.key + $0.value } == ["a1", "b"])
        #expect(
            refusal { try MLflowFields(["tags": [["key": "a"], ["value": "x"]]]).tags("tags") }
                == "Missing value for required parameter 'tags[1].key'. " + Self.seeTheDocs
        )
        for value: JSON in ["x", [1], ["a": 1]] { _ = refusal { try MLflowFields(["tags": value]).tags("tags") } }
    }

    @Test("that names a run has two names")
    func runID() throws {
        #expect(try MLflowFields(["run_uuid": "u"]).runID().text == "u")
        #expect(try MLflowFields(["run_id": "", "run_uuid": "u"]).runID().text == "u")
        #expect(try MLflowFields(["runId": "i", "run_uuid": "u"]).runID().text == "i")
        #expect(
            refusal { try MLflowFields([:]).runID() } == "Missing value for required parameter 'run_id'. "
                + Self.seeTheDocs
        )
    }

    @Test("that bounds a page is from 1 to the most")
    func limit() throws {
        func limit(_ value: JSON?, default standard: Int? = nil) throws -> Int {
            try MLflowFields(value.map { ["max_results": $0] } ?? [:]).limit(default: standard, max: 50_000)
        }
        #expect(try limit(1) == 1 && limit("50000") == 50_000 && limit(nil, default: 9) == 9)
        let zero = "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"
        #expect(refusal { try limit(0) } == zero && refusal { try limit(nil) } == zero)
        #expect(
            refusal { try limit(50_001) }.hasPrefix("Invalid value 50001 for parameter 'max_results' supplied:  Hint:")
        )
        #expect(refusal { try limit(-1, default: 9) }.hasPrefix("Invalid value -1"))
    }

    @Test("with the character that PostgreSQL can't keep is refused")
    func nul() {
        _ = refusal { try MLflowFields(["name": "a\u{0}b"]).string("name") }
        _ = refusal { try MLflowFields(["ids": ["a\u{0}"]]).strings("ids") }
        _ = refusal { try MLflowFields(["tags": [["key": "a", "value": "\u{0}"]]]).tags("tags") }
    }
}
