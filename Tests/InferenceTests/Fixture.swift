import Foundation
import Inference
import NativeLibraries
import Synchronization
import Testing

/// A model made by `Fixtures/make_fixtures.py`, with what Python's ONNX Runtime answers for it.
struct Fixture: Decodable {
    /// A tensor, or a sequence of maps, as written by the script.
    struct Value: Decodable {
        let name: String
        let type: String
        let shape: [Int]
        /// The elements in row-major order.
        let tensor: Tensor?
        /// The maps of a sequence, each in its own order.
        let maps: [[(key: String, value: Double)]]

        private enum CodingKeys: CodingKey {
            case name, type, shape, values
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            type = try container.decode(String.self, forKey: .type)
            shape = try container.decode([Int].self, forKey: .shape)
            func list<T: Decodable>(_: T.Type) throws -> [T] { try container.decode([T].self, forKey: .values) }
            let values: Tensor.Values? =
                switch type {
                case "tensor(float)": .float(try list(Float.self))
                case "tensor(double)": .double(try list(Double.self))
                case "tensor(int8)": .int8(try list(Int8.self))
                case "tensor(int16)": .int16(try list(Int16.self))
                case "tensor(int32)": .int32(try list(Int32.self))
                case "tensor(int64)": .int64(try list(Int64.self))
                case "tensor(uint8)": .uint8(try list(UInt8.self))
                case "tensor(uint16)": .uint16(try list(UInt16.self))
                case "tensor(uint32)": .uint32(try list(UInt32.self))
                case "tensor(uint64)": .uint64(try list(UInt64.self))
                case "tensor(bool)": .bool(try list(Bool.self))
                case "tensor(string)": .string(try list(String.self))
                default: nil
                }
            tensor = try values.map { [shape] in try Tensor($0, shape: shape) }
            maps = values == nil ? try list([Pair].self).map { $0.map { ($0.key, $0.value) } } : []
        }

        private struct Pair: Decodable {
            let key: String
            let value: Double

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                key = try container.decode(String.self)
                value = try container.decode(Double.self)
            }
        }
    }

    let inputs: [Value]
    let outputs: [Value]
    let metadata: [String: String]
    let producer: String

    /// One runtime for all tests, as for all of a server.
    static let runtime = InferenceRuntime(
        libraries: NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment),
        log: { log.append($0) }
    )

    /// What the engine has logged so far.
    static let log = Log()

    /// Lines from any thread.
    final class Log: Sendable {
        private let lines = Mutex<[InferenceLogEntry]>([])

        var entries: [InferenceLogEntry] { lines.withLock { $0 } }

        func append(_ entry: InferenceLogEntry) { lines.withLock { $0.append(entry) } }
    }

    /// The fixture of this name.
    static func load(_ name: String) throws -> Fixture {
        try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: URL(filePath: path("\(name).json"))))
    }

    /// A session on the model of this name.
    static func session(_ name: String) throws -> InferenceSession {
        try InferenceSession(runtime: runtime, path: path("\(name).onnx"))
    }

    /// A session on the model of this name, none of whose runs, nor a request's wait for one, may take longer than
    /// `time`.
    static func session(_ name: String, time: Duration) throws -> InferenceSession {
        // The engine logs to the first runtime of a process, which is that of all tests.
        _ = try runtime.engineVersion()
        var limits = RunLimits()
        limits.time = time
        let libraries = NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment)
        return try InferenceSession(
            runtime: InferenceRuntime(libraries: libraries, limits: limits),
            path: path("\(name).onnx")
        )
    }

    /// What has the model `turns` take so many.
    static func turns(_ count: Float) throws -> [NamedTensor] {
        [NamedTensor(name: "turns", tensor: try Tensor(.float([count]), shape: [1, 1]))]
    }

    /// Where a file of the fixtures is.
    static func path(_ file: String) throws -> String {
        try #require(Bundle.module.resourcePath) + "/Fixtures/\(file)"
    }

    /// The inputs as a session takes them.
    func namedInputs() throws -> [NamedTensor] {
        try inputs.map { NamedTensor(name: $0.name, tensor: try #require($0.tensor)) }
    }
}

extension Tensor {
    /// The elements as floats, for tests that know them to be so.
    var floats: [Float] {
        get throws {
            guard case .float(let values) = values else { throw WrongElementType() }
            return values
        }
    }

    /// Whether two tensors are equal, floating-point numbers to within 1e-6.
    func isClose(to other: Tensor) -> Bool {
        guard shape == other.shape else { return false }
        switch (values, other.values) {
        case (.float(let a), .float(let b)): return zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 }
        case (.double(let a), .double(let b)): return zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 }
        default: return self == other
        }
    }

    private struct WrongElementType: Error {}
}
