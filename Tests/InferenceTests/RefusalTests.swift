import Foundation
import Inference
import NativeLibraries
import Testing

@Suite("A refusal")
struct RefusalTests {
    /// A wrong use of the model `types`, whose other inputs are right.
    struct Misuse: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let input: String
        let message: String
        let change: @Sendable (inout [NamedTensor]) throws -> Void
    }

    static let misuses = [
        Misuse(
            testDescription: "unknown name",
            input: "nope",
            message: "input \"nope\": the model has no such input; it has \"float\", \"double\", \"int8\", \"int16\", "
                + "\"int32\", \"int64\", \"uint8\", \"uint16\", \"uint32\", \"uint64\", \"bool\", \"string\""
        ) { $0.append(NamedTensor(name: "nope", tensor: $0[0].tensor)) },
        Misuse(
            testDescription: "missing input",
            input: "double",
            message: "input \"double\": expected a tensor of double, found none"
        ) { $0.remove(at: 1) },
        Misuse(
            testDescription: "input given twice",
            input: "float",
            message: "input \"float\": expected once, found more than once"
        ) { $0.append($0[0]) },
        Misuse(
            testDescription: "element type",
            input: "bool",
            message: "input \"bool\": expected bool elements, found double"
        ) { $0[10] = NamedTensor(name: "bool", tensor: try Tensor(.double([1]), shape: [1])) },
        Misuse(
            testDescription: "rank",
            input: "float",
            message: "input \"float\": expected 1 dimensions, found 2"
        ) { $0[0] = NamedTensor(name: "float", tensor: try Tensor(.float([1]), shape: [1, 1])) },
    ]

    @Test("names the input, and says what was expected and found", arguments: misuses)
    func input(misuse: Misuse) throws {
        let session = try Fixture.session("types")
        var inputs = try zeros(of: session, rows: 1)
        try misuse.change(&inputs)
        let given = inputs
        let error = #expect(throws: InferenceError.self) { try session.run(given) }
        #expect(error?.code == .inputInvalid)
        #expect(error?.input == misuse.input)
        #expect(error?.description == misuse.message)
        #expect(error?.engineCode == nil)
    }

    @Test("says which fixed dimension differs")
    func dimension() throws {
        let session = try Fixture.session("gbdt")
        let narrow = try Tensor(.float(Array(repeating: 0, count: 58)), shape: [2, 29])
        let error = #expect(throws: InferenceError.self) {
            try session.run([NamedTensor(name: "input", tensor: narrow)])
        }
        #expect(error?.description == "input \"input\": expected length 30 in dimension 1, found 29")
    }

    @Test(
        "comes with a tensor whose shape and elements do not agree",
        arguments: [
            ([3], "a tensor of shape [3] has 3 elements, and 2 were given"),
            ([], "a tensor of shape [] has 1 elements, and 2 were given"),
            ([-1, -2], "a tensor cannot have the shape [-1, -2]"),
            ([0, -1], "a tensor cannot have the shape [0, -1]"),
            ([1 << 40, 1 << 40], "a tensor cannot have the shape [1099511627776, 1099511627776]"),
        ] as [([Int], String)]
    )
    func tensor(shape: [Int], message: String) {
        let error = #expect(throws: InferenceError.self) { try Tensor(.float([1, 2]), shape: shape) }
        #expect(error?.code == .inputInvalid)
        #expect(error?.description == message)
    }

    @Test("of the engine in the midst of a run is told in its words, and logged")
    func failedRun() throws {
        let session = try Fixture.session("shapes")
        let error = #expect(throws: InferenceError.self) { try session.run(Self.unreshapable(session)) }
        #expect(error?.code == .runFailed)
        #expect(error?.engineCode == 1)
        #expect(error?.description.contains("Reshape") == true)
        let warmUp = #expect(throws: InferenceError.self) { try session.warmUp(rows: 2) }
        #expect(warmUp?.code == .runFailed)
        #expect(Fixture.log.entries.contains { $0.severity == .error && $0.message.contains("Reshape") })
    }

    /// Inputs of the model `shapes` that are right in themselves: 3 elements, and a shape for 7.
    static func unreshapable(_ session: InferenceSession) throws -> [NamedTensor] {
        var inputs = try zeros(of: session, rows: 1)
        inputs[2] = NamedTensor(name: "shape", tensor: try Tensor(.int64([7]), shape: [1]))
        return inputs
    }

    @Test("tells a file that is not there, without its path")
    func noFile() {
        let error = #expect(throws: InferenceError.self) {
            try InferenceSession(runtime: Fixture.runtime, path: "/nonexistent/model.onnx")
        }
        #expect(error?.code == .modelNotFound)
        #expect(error?.description == "the model's file does not exist")
        #expect(error?.engineCode == 3)
        #expect(error?.engineMessage?.contains("/nonexistent/model.onnx") == true)
    }

    @Test("tells a file that is no model", arguments: ["not ONNX", "", "\u{8}\u{9}"])
    func notONNX(content: String) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString).onnx").path
        try Data(content.utf8).write(to: URL(filePath: path))
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
        let fromPath = #expect(throws: InferenceError.self) {
            try InferenceSession(runtime: Fixture.runtime, path: path)
        }
        #expect(fromPath?.code == .modelInvalid)
        #expect(fromPath?.description.contains(path) == false)
        let fromBytes = #expect(throws: InferenceError.self) {
            try InferenceSession(runtime: Fixture.runtime, bytes: Array(content.utf8))
        }
        #expect(fromBytes?.code == .modelInvalid)
    }

    @Test("tells a model that is cut short")
    func cutShort() throws {
        let bytes = try Fixture.bytes("gbdt.onnx")
        let error = #expect(throws: InferenceError.self) {
            try InferenceSession(runtime: Fixture.runtime, bytes: Array(bytes.prefix(bytes.count / 2)))
        }
        #expect(error?.code == .modelInvalid)
        #expect(error?.engineCode == 7)
    }

    @Test("names the input of a kind that is not served")
    func half() {
        let error = #expect(throws: InferenceError.self) { try Fixture.session("half") }
        #expect(error?.code == .modelUnsupported)
        #expect(
            error?.description == "input \"x\" is a tensor of float16; Martlet serves tensors of float, uint8, int8, "
                + "uint16, int16, int32, int64, string, bool, double, uint32, uint64, and ZipMap's maps as outputs"
        )
    }

    @Test("says how to get an engine that is not installed, and is not remembered")
    func noEngine() {
        let runtime = InferenceRuntime(libraries: NativeLibraryCatalog(environment: ["MARTLET_NATIVE_DIR": "/none"]))
        for _ in 0..<2 {
            let error = #expect(throws: InferenceError.self) { try runtime.engineVersion() }
            #expect(error?.code == .engineUnavailable)
            #expect(
                error?.description == "ONNX Runtime 1.31.1 cannot be loaded: `martlet doctor` says why, "
                    + "`make setup` installs it"
            )
            #expect(error?.engineMessage?.contains("no library in /none/onnxruntime-1.31.1") == true)
        }
    }
}

extension Fixture {
    /// A fixture's content.
    static func bytes(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path(file))))
    }
}
