import Foundation
import Kernel
import Registry
import Testing

@Suite("An MLmodel file")
struct LoggedModelDocumentTests {
    private func fixture(_ name: String) throws -> LoggedModelDocument {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
        return try LoggedModelDocument(yaml: Array(try Data(contentsOf: url)))
    }

    @Test("of columns")
    func columns() throws {
        let document = try fixture("columns.MLmodel")
        let signature = try #require(document.signature)
        #expect(document.onnxFile == "model.onnx")
        #expect(document.flavors.keys.sorted() == ["onnx", "python_function"])
        #expect(document.flavors["onnx"]?["onnx_version"] == "1.23.2")
        #expect(document.flavors["onnx"]?["code"] == JSON.null)
        #expect(document.flavors["python_function"]?["env"]?.objectValue?["conda"] == "conda.yaml")
        #expect(document.modelUUID?.count == 32)
        #expect(document.runID == nil && document.loggedModelID == nil)
        #expect(
            signature.inputs == [
                .column(name: "age", type: .double, isRequired: true),
                .column(name: "income", type: .double, isRequired: true),
                .column(name: "score", type: .double, isRequired: true),
                .column(name: "kind", type: .string, isRequired: true),
            ]
        )
        #expect(signature.outputs == [.tensor(name: nil, dtype: "int64", shape: [-1])])
        #expect(signature.parameters.map(\.name) == ["temperature", "stops"])
        #expect(signature.parameters.map(\.type) == [.double, .string])
        #expect(signature.parameters.map(\.standard) == [0.5, ["x"]])
        #expect(signature.parameters.map(\.shape) == [nil, [-1]])
    }

    @Test("of tensors")
    func tensors() throws {
        let signature = try #require(try fixture("tensors.MLmodel").signature)
        #expect(signature.inputs == [.tensor(name: "X", dtype: "float32", shape: [-1, 3])])
        #expect(signature.parameters.map(\.standard) == [3])
    }

    @Test("without a signature or an ONNX flavor")
    func least() throws {
        let document = try LoggedModelDocument(
            yaml: Array("run_id: abc\nmodel_id: m-1\nflavors:\n  sklearn: {pickled_model: model.pkl}\n".utf8)
        )
        #expect(document.signature == nil && document.onnxFile == nil)
        #expect(document.runID == RunID("abc") && document.loggedModelID == LoggedModelID("m-1"))
    }

    @Test("with nested and optional columns")
    func nested() throws {
        let text =
            #"signature: {inputs: '[{"type":"array","items":{"type":"long"},"name":"a","required":false},"#
            + #"{"type":"any","name":"b","optional":true},{"type":"long"}]', outputs: null}"#
        let signature = try #require(try LoggedModelDocument(yaml: Array(text.utf8)).signature)
        #expect(
            signature.inputs == [
                .column(name: "a", type: .nested("array"), isRequired: false),
                .column(name: "b", type: .nested("any"), isRequired: false),
                .column(name: nil, type: .long, isRequired: true),
            ]
        )
        #expect(signature.outputs == nil && signature.parameters.isEmpty)
    }

    @Test("with a few anchors")
    func anchors() throws {
        let text = "flavors:\n  a: &x {data: 1}\n  b: *x\n"
        let document = try LoggedModelDocument(yaml: Array(text.utf8))
        #expect(document.flavors["b"]?["data"] == 1)
    }

    @Test(
        "that is none is refused",
        arguments: [
            "", "- a", "a: [", "a: b: c", "a: 1\na: 2", "{[a]: b}", "--- a\n--- b", "a: *b",
            "signature: {inputs: '[{\"name\":\"x\"}]'}", "signature: {inputs: '{}'}", "signature: {inputs: '[1'}",
            "signature: {inputs: '[{\"type\":\"tensor\"}]'}",
            "signature: {inputs: '[{\"type\":\"tensor\",\"tensor-spec\":{\"dtype\":\"x\",\"shape\":[1.5]}}]'}",
            "signature: {params: '[{\"name\":\"x\"}]'}",
        ]
    )
    func malformed(text: String) {
        do { _ = try LoggedModelDocument(yaml: Array(text.utf8)) } catch {
            #expect(error.told.hasPrefix("INVALID_PARAMETER_VALUE: MLmodel: "), "\(error.told)")
            return
        }
        Issue.record("was taken: \(text)")
    }

    @Test("that grows when it is read is refused before it does")
    func bombs() {
        let levels = (1...9).map { level in
            "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",") + "]"
        }
        let bomb = (["a0: &a0 [x]"] + levels).joined(separator: "\n")
        let deep = "a: " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        let deeper = "a: " + String(repeating: "[", count: 100_000)
        let steps = "a: " + String(repeating: "- ", count: 5000)
        for text in [bomb, bomb + "\n? *a9\n: x", deep, deeper, steps] {
            #expect(throws: MartletError.self) { try LoggedModelDocument(yaml: Array(text.utf8)) }
        }
        #expect(throws: MartletError.self) { try LoggedModelDocument(yaml: [0x61, 0x3A, 0x20, 0xFF]) }
        let large = [UInt8](repeating: UInt8(ascii: "#"), count: 5 << 20)
        #expect(throws: MartletError.self) { try LoggedModelDocument(yaml: large) }
    }
}
