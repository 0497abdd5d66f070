import Foundation
import Inference
import Kernel
import Registry
import Serving
import TestSupport
import Testing

/// Bodies that were right and then were bent: answered, or refused as the caller's fault.
@Suite("A body that nobody meant", .serialized)
struct FuzzTests {
    private static let rounds = 1_500

    private static let row = (0..<30).map { "\(Double($0) / 8)" }.joined(separator: ", ")
    private static let bodies: [(ways: [Way], text: String)] = [
        ([.predict], #"{"model_name": "gbdt", "model_version": "1", "inputs": [\#(row)]}"#),
        ([.batch], #"{"model_name": "gbdt", "inputs": [[\#(row)], [\#(row)]]}"#),
        ([.invocation], #"{"dataframe_split": {"columns": ["a"], "data": [[\#(row)]]}}"#),
        ([.invocation], #"{"inputs": {"input": [[\#(row)]]}, "params": {"a": null}}"#),
        ([.csv], "a,b,\"c\"\n\(row)\n1,2,\"x\"\"y\"\n"),
        (
            [.inference],
            #"{"id": "x", "inputs": [{"name": "input", "shape": [1, 30], "datatype": "FP32", "data": [\#(row)]}], "#
                + #""outputs": [{"name": "probabilities", "parameters": {"binary_data": true, "classification": 2}}]}"#
        ),
        (
            [.inference, .binary],
            #"{"inputs": [{"name": "input", "shape": [1, 30], "datatype": "FP32", "#
                + #""parameters": {"binary_data_size": 120}}], "parameters": {"binary_data_output": true}}"#
                + String(repeating: "abcd", count: 30)
        ),
    ]

    private enum Way: CaseIterable {
        case predict, batch, invocation, csv, inference, binary
    }

    @Test("is refused with a status of 4xx in every protocol, or answered")
    func everyProtocol() async throws {
        try await withServing { world in
            let service = try world.makeService(defaultEndpoint: "gbdt")
            try await world.register("gbdt", fixture: "gbdt")
            _ = try await service.deploy("gbdt", .number(1), by: world.actor)
            var random = SplitMix64(seed: testSeed)
            var refused = 0
            for round in 0..<Self.rounds {
                let (ways, text) = Self.bodies[round % Self.bodies.count]
                let body = Self.bent(Array(text.utf8), using: &random)
                // Now and then a body comes to where it does not belong.
                let way = Int.random(in: 0..<10, using: &random) == 0 ? Way.allCases.randomElement(using: &random) : nil
                do {
                    try await Self.send(body, way ?? ways.randomElement(using: &random) ?? .predict, service, &random)
                } catch let error as MartletError {
                    refused += 1
                    #expect((400..<500).contains(error.code.httpStatus), "seed \(testSeed): \(error)")
                    #expect(!error.message.isEmpty)
                } catch {
                    Issue.record("seed \(testSeed), round \(round): \(error)")
                }
            }
            #expect(refused > Self.rounds / 2)
        }
    }

    @Test("is refused in the same way where its tensors are not in JSON")
    func withoutJSON() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("types", fixture: "types")
            _ = try await service.deploy("types", .number(1), by: world.actor)
            var random = SplitMix64(seed: testSeed)
            for round in 0..<Self.rounds {
                let request = Self.request(using: &random)
                do {
                    _ = try await service.infer(request, "types")
                } catch let error as MartletError {
                    #expect((400..<500).contains(error.code.httpStatus), "seed \(testSeed): \(error)")
                } catch {
                    Issue.record("seed \(testSeed), round \(round): \(error)")
                }
            }
        }
    }

    private static func send(
        _ body: [UInt8],
        _ way: Way,
        _ service: ServingService,
        _ random: inout SplitMix64
    ) async throws {
        let jsonBytes = Int.random(in: 0..<(body.count + 3), using: &random)
        let call = try body.withUnsafeBytes { bytes in
            switch way {
            case .predict: try service.predictCall(bytes)
            case .batch: try service.predictCall(bytes, many: true)
            case .invocation: try service.invocationCall(bytes)
            case .csv: try service.invocationCall(bytes, isCSV: true)
            case .inference:
                try service.inferenceCall(bytes, jsonBytes: nil, endpoint: "gbdt", version: nil).call
            case .binary:
                try service.inferenceCall(bytes, jsonBytes: jsonBytes, endpoint: "gbdt", version: nil).call
            }
        }
        _ = try await service.run(call)
    }

    /// `bytes` with some of them changed, taken out, doubled, cut off or replaced by what readers stumble over.
    private static func bent(_ bytes: [UInt8], using random: inout SplitMix64) -> [UInt8] {
        let pieces = [
            "{", "}", "[", "]", ",", "\"", "null", "-", "1e999", "NaN", "\\u0000", "\u{0}", "é", "18446744073709551616",
        ]
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes.removeSubrange(place...)
            case 4: bytes.replaceSubrange(place..<end, with: (pieces.randomElement(using: &random) ?? "").utf8)
            default: bytes.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: place)
            }
        }
        return bytes
    }

    private static func request(using random: inout SplitMix64) -> InferenceRequest {
        let kinds = [
            ("float", "FP32"), ("double", "FP64"), ("int8", "INT8"), ("int16", "INT16"), ("int32", "INT32"),
            ("int64", "INT64"), ("uint8", "UINT8"), ("uint16", "UINT16"), ("uint32", "UINT32"), ("uint64", "UINT64"),
            ("bool", "BOOL"), ("string", "BYTES"),
        ]
        var inputs = kinds.map { name, datatype in
            var shape: [Int64] = [2]
            if Int.random(in: 0..<20, using: &random) == 0 {
                shape = (0..<Int.random(in: 0...34, using: &random)).map { _ in
                    Int64.random(in: -1...(1 << 33), using: &random)
                }
            }
            let count = Int.random(in: 0...24, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let contents: InferenceRequest.Contents =
                Bool.random(using: &random) ? .raw(Data(bytes)) : .typed(.int32(bytes.map { Int32($0) }))
            return InferenceRequest.Input(name: name, datatype: datatype, shape: shape, contents: contents)
        }
        if Bool.random(using: &random) { inputs.shuffle(using: &random) }
        if Int.random(in: 0..<10, using: &random) == 0 { inputs.removeLast() }
        let outputs = Bool.random(using: &random) ? [InferenceRequest.Output(name: "x", classCount: -3)] : []
        return InferenceRequest(id: "", inputs: inputs, outputs: outputs)
    }
}
