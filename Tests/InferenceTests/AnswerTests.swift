import Inference
import Testing

@Suite("A session answers")
struct AnswerTests {
    @Test("what Python's ONNX Runtime answers", arguments: ["gbdt", "mlp", "types", "shapes"])
    func sameAsPython(name: String) throws {
        let fixture = try Fixture.load(name)
        let answers = try Fixture.session(name).run(fixture.namedInputs())
        #expect(answers.map(\.name) == fixture.outputs.map(\.name))
        for (answer, expected) in zip(answers, fixture.outputs) {
            let tensor = try #require(expected.tensor)
            #expect(answer.tensor.isClose(to: tensor), "\(answer.name)")
            #expect(answer.classes == nil)
        }
    }

    @Test("a sequence of maps as one matrix and its classes", arguments: ["gbdt_zipmap", "iris_str"])
    func sequenceOfMaps(name: String) throws {
        let fixture = try Fixture.load(name)
        let session = try Fixture.session(name)
        let answers = try session.run(fixture.namedInputs())
        #expect(answers[0].tensor == fixture.outputs[0].tensor)
        let maps = fixture.outputs[1].maps
        let keys = maps[0].map(\.key)
        switch try #require(answers[1].classes?.values) {
        case .int64(let classes):
            #expect(session.outputs[1].kind == .sequenceOfMap(key: .int64))
            #expect(classes.map(String.init) == keys)
        case .string(let classes):
            #expect(session.outputs[1].kind == .sequenceOfMap(key: .string))
            #expect(classes == keys)
        default: Issue.record("classes are integers or strings")
        }
        #expect(answers[1].tensor.shape == [maps.count, keys.count])
        let expected = maps.flatMap { $0.map { Float($0.value) } }
        #expect(zip(try answers[1].tensor.floats, expected).allSatisfy { abs($0 - $1) <= 1e-6 })
    }

    @Test("strings with NUL and of every length as they are")
    func strings() throws {
        let session = try Fixture.session("types")
        let texts = ["", "a\0b", "\0", String(repeating: "Straße 東京 🐦‍⬛ ", count: 500)]
        let answers = try session.run(zeros(of: session, rows: texts.count, replacing: "string", .string(texts)))
        #expect(answers.last?.tensor.values == .string(texts))
    }

    @Test("nothing for no rows", arguments: ["gbdt", "gbdt_zipmap", "iris_str", "mlp", "types"])
    func noRows(name: String) throws {
        let session = try Fixture.session(name)
        for answer in try session.run(zeros(of: session, rows: 0)) {
            #expect(answer.tensor.shape.first == 0)
            #expect(answer.tensor.count == 0)
        }
    }

    @Test("NaN and infinities with what the model makes of them")
    func notNumbers() throws {
        let types = try Fixture.session("types")
        let numbers: [Double] = [.nan, .infinity, -.infinity]
        let back = try types.run(zeros(of: types, rows: 3, replacing: "double", .double(numbers)))[1]
        #expect("\(back.tensor.values)" == "double([nan, inf, -inf])")
        let mlp = try Fixture.session("mlp")
        let row = Tensor.Values.float(Array(repeating: .nan, count: 16))
        #expect(
            try mlp.run([NamedTensor(name: "input", tensor: Tensor(row, shape: [1, 16]))])[0].tensor.floats[0].isNaN
        )
    }

    @Test("inputs in any order")
    func anyOrder() throws {
        let fixture = try Fixture.load("types")
        let session = try Fixture.session("types")
        #expect(try session.run(fixture.namedInputs().reversed()) == session.run(fixture.namedInputs()))
    }

    @Test("the same when the model comes as bytes")
    func bytes() throws {
        let fixture = try Fixture.load("gbdt")
        let session = try InferenceSession(runtime: Fixture.runtime, bytes: Fixture.bytes("gbdt.onnx"))
        #expect(try session.run(fixture.namedInputs()) == Fixture.session("gbdt").run(fixture.namedInputs()))
    }
}

/// Inputs of zeros for every input of a session, one of them replaced.
func zeros(
    of session: InferenceSession,
    rows: Int,
    replacing name: String? = nil,
    _ values: Tensor.Values? = nil
) throws -> [NamedTensor] {
    try session.inputs.map { input in
        let shape = (input.shape ?? []).map { $0 < 0 ? rows : $0 }
        let count = shape.reduce(1, *)
        if input.name == name, let values {
            return NamedTensor(name: input.name, tensor: try Tensor(values, shape: shape))
        }
        let zeros: Tensor.Values =
            switch input.elementType {
            case .float: .float(Array(repeating: 0, count: count))
            case .double: .double(Array(repeating: 0, count: count))
            case .int8: .int8(Array(repeating: 0, count: count))
            case .int16: .int16(Array(repeating: 0, count: count))
            case .int32: .int32(Array(repeating: 0, count: count))
            case .int64: .int64(Array(repeating: 0, count: count))
            case .uint8: .uint8(Array(repeating: 0, count: count))
            case .uint16: .uint16(Array(repeating: 0, count: count))
            case .uint32: .uint32(Array(repeating: 0, count: count))
            case .uint64: .uint64(Array(repeating: 0, count: count))
            case .bool: .bool(Array(repeating: false, count: count))
            case .string: .string(Array(repeating: "", count: count))
            }
        return NamedTensor(name: input.name, tensor: try Tensor(zeros, shape: shape))
    }
}
