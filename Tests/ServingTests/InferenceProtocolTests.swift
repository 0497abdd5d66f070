import Foundation
import Inference
import Kernel
import Registry
import Serving
import TestSupport
import Testing

@Suite("An inference request", .serialized)
struct InferenceProtocolTests {
    @Test("gives the same raw as in JSON")
    func binary() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("gbdt", fixture: "gbdt")
            _ = try await service.deploy("gbdt", .number(1), by: world.actor)
            let rows = try Fixture("gbdt").rows
            let raw = rows.flatMap { $0.flatMap { bytes(of: Float($0).bitPattern) } }
            let json = """
                {"id": "7", "inputs": [{"name": "input", "shape": [8, 30], "datatype": "FP32",
                "parameters": {"binary_data_size": \(raw.count)}}], "parameters": {"binary_data_output": true}}
                """
            let answer = try await service.infer(Array(json.utf8) + raw, jsonBytes: json.utf8.count, model: "gbdt")
            let length = try #require(answer.jsonBytes)
            let head = try #require(try JSON.parse(answer.bytes[..<length]).objectValue)
            #expect(head["id"] == "7" && head["model_name"] == "gbdt" && head["model_version"] == "1")
            let outputs = head["outputs"]?.arrayValue?.compactMap(\.objectValue) ?? []
            #expect(outputs.map { $0["parameters"]?.objectValue?["binary_data_size"]?.integerValue } == [64, 64])
            #expect(answer.bytes.count == length + 128)
            #expect(answer.bytes[length..<length + 8].elementsEqual(bytes(of: try label(0))))

            let plain = """
                {"inputs": [{"name": "input", "shape": [8, 30], "datatype": "FP32", "data": \(rows.flatMap { $0 })}],
                "outputs": [{"name": "probabilities", "parameters": {"binary_data": true}}, {"name": "label"}]}
                """
            let mixed = try await service.infer(Array(plain.utf8), model: "gbdt", version: "1")
            let mixedLength = try #require(mixed.jsonBytes)
            #expect(mixed.bytes[mixedLength...].elementsEqual(answer.bytes[(length + 64)...]))
            let order = try JSON.parse(mixed.bytes[..<mixedLength]).objectValue?["outputs"]?.arrayValue
            #expect(order?.map { $0.objectValue?["name"] } == ["probabilities", "label"])

            let one = try await service.infer(Array(raw[..<120]), jsonBytes: 0, model: "gbdt")
            #expect(one.jsonBytes != nil)
        }
    }

    private func label(_ row: Int) throws -> UInt64 {
        UInt64(try Fixture("gbdt").values(0)[row].integerValue ?? -1)
    }

    private func bytes(of word: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: word.littleEndian) { Array($0) }
    }

    @Test("carries every kind of element, raw and in JSON")
    func everyElementType() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("types", fixture: "types")
            _ = try await service.deploy("types", .number(1), by: world.actor)
            let types = [
                ("float", "FP32", "1.5, -2.5"), ("double", "FP64", "1e300, 0.1"), ("int8", "INT8", "-128, 127"),
                ("int16", "INT16", "1, 2"), ("int32", "INT32", "1, -2"), ("int64", "INT64", "9223372036854775807, 0"),
                ("uint8", "UINT8", "0, 255"), ("uint16", "UINT16", "0, 65535"), ("uint32", "UINT32", "1, 4294967295"),
                ("uint64", "UINT64", "0, 9007199254740993"), ("bool", "BOOL", "true, false"),
                ("string", "BYTES", "\"zwölf\", \"\""),
            ]
            let inputs = types.map { name, type, data in
                "{\"name\": \"\(name)\", \"shape\": [2], \"datatype\": \"\(type)\", \"data\": [\(data)]}"
            }
            let json = "{\"inputs\": [\(inputs.joined(separator: ", "))]"
            let plain = try await service.infer(Array((json + "}").utf8), model: "types")
            let outputs = try JSON.parse(plain.bytes).objectValue?["outputs"]?.arrayValue ?? []
            for (output, type) in zip(outputs, types) {
                #expect(output.objectValue?["data"] == (try JSON.parse("[\(type.2)]".utf8)))
                #expect(output.objectValue?["datatype"] == .string(type.1))
            }
            let binary = ", \"parameters\": {\"binary_data_output\": true}}"
            let raw = try await service.infer(Array((json + binary).utf8), model: "types")
            let length = try #require(raw.jsonBytes)
            let head = try JSON.parse(raw.bytes[..<length]).objectValue?["outputs"]?.arrayValue ?? []
            let parameters = head.map { $0.objectValue?["parameters"]?.objectValue }
            let sizes = parameters.compactMap { $0?["binary_data_size"]?.integerValue }
            let again = zip(types, sizes).map { type, size in
                """
                {"name": "\(type.0)", "shape": [2], "datatype": "\(type.1)",
                "parameters": {"binary_data_size": \(size)}}
                """
            }
            let body = "{\"inputs\": [\(again.joined(separator: ", "))]}"
            let back = try await service.infer(
                Array(body.utf8) + raw.bytes[length...],
                jsonBytes: body.utf8.count,
                model: "types"
            )
            #expect(back.bytes == plain.bytes)
        }
    }

    private static let refusals = [
        ("{", "BAD_REQUEST"),
        ("{\"inputs\": []}", "expected a list of tensors"),
        (body("\"shape\": [1, 16], \"datatype\": \"FP64\", \"data\": [1]"), "the model takes FP32, found FP64"),
        (body("\"shape\": [1, 16], \"datatype\": \"FP32\", \"data\": [1]"), "its shape is [1, 16], its data has 1"),
        (body("\"shape\": [1, 1], \"datatype\": \"FP32\", \"data\": [1]"), "length 16 in dimension 1, found 1"),
        (body("\"shape\": [-1, 16], \"datatype\": \"FP32\", \"data\": [1]"), "has no shape of whole numbers"),
        (body("\"shape\": [4294967296, 4294967296, 4], \"datatype\": \"FP32\", \"data\": []"), "has the shape"),
        (body("\"shape\": [1, 16], \"datatype\": \"FP32\""), "has no data"),
        (
            body("\"shape\": [1, 16], \"datatype\": \"FP32\", \"parameters\": {\"binary_data_size\": 64}"),
            "binary_data_size is more than the bytes"
        ),
        ("{\"inputs\": [{\"name\": \"other\", \"shape\": [1], \"datatype\": \"FP32\"}]}", "takes \"input\""),
        (
            String(body("\"shape\": [1], \"datatype\": \"FP32\", \"data\": [1]").dropLast())
                + ", \"outputs\": [{\"name\": \"z\"}]}",
            "the model answers \"output\""
        ),
    ]

    private static func body(_ members: String) -> String {
        "{\"inputs\": [{\"name\": \"input\", \(members)}]}"
    }

    @Test("is refused with the name of what is wrong")
    func refuses() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("net", fixture: "mlp")
            _ = try await service.deploy("net", .number(1), by: world.actor)
            for (body, message) in Self.refusals {
                let told = await refusal { _ = try await service.infer(Array(body.utf8), model: "net") }
                #expect(told.contains(message), "\(body): \(told)")
            }
            let short = await refusal { _ = try await service.infer([1, 2], jsonBytes: 5, model: "net") }
            #expect(short.contains("the body has 2 bytes"))
            let raw = await refusal { _ = try await service.infer([1, 2], jsonBytes: 0, model: "net") }
            #expect(raw.contains("2 bytes are no FP32 of shape [1, 16]"))
            let unknown = await refusal { _ = try await service.infer([], model: "net", version: "2") }
            #expect(unknown.hasPrefix("ENDPOINT_NOT_FOUND"))
        }
    }

    @Test("from elsewhere than JSON gives the same, raw and typed, of every kind of element")
    func withoutJSON() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("types", fixture: "types")
            _ = try await service.deploy("types", .number(1), by: world.actor)
            let given: [(String, String, InferenceRequest.TypedContents, Tensor.Values)] = [
                ("float", "FP32", .float([1.5, -2.5]), .float([1.5, -2.5])),
                ("double", "FP64", .double([1e300, 0.1]), .double([1e300, 0.1])),
                ("int8", "INT8", .int32([-128, 127]), .int8([-128, 127])),
                ("int16", "INT16", .int32([1, -2]), .int16([1, -2])),
                ("int32", "INT32", .int32([1, -2]), .int32([1, -2])),
                ("int64", "INT64", .int64([.max, 0]), .int64([.max, 0])),
                ("uint8", "UINT8", .uint32([0, 255]), .uint8([0, 255])),
                ("uint16", "UINT16", .uint32([0, 65_535]), .uint16([0, 65_535])),
                ("uint32", "UINT32", .uint32([1, .max]), .uint32([1, .max])),
                ("uint64", "UINT64", .uint64([0, .max]), .uint64([0, .max])),
                ("bool", "BOOL", .bool([true, false]), .bool([true, false])),
                ("string", "BYTES", .bytes([Data("zwölf".utf8), Data()]), .string(["zwölf", ""])),
            ]
            let typed = given.map { name, datatype, contents, _ in
                InferenceRequest.Input(name: name, datatype: datatype, shape: [2], contents: .typed(contents))
            }
            let raw = given.map { name, datatype, _, values in
                var bytes: [UInt8] = []
                values.appendRaw(to: &bytes)
                return InferenceRequest.Input(name: name, datatype: datatype, shape: [2], contents: .raw(Data(bytes)))
            }
            for inputs in [typed, raw] {
                let request = InferenceRequest(id: "7", inputs: inputs, outputs: [])
                let (answer, outputs) = try await service.infer(request, "types")
                #expect(outputs.map(\.tensor.values) == given.map(\.3) && answer.id == "7")
            }
            let wrong: [(String, InferenceRequest.Contents)] = [
                ("INT8", .typed(.int32([200, 1]))), ("INT8", .typed(.int64([1, 1]))), ("INT8", .typed(.int32([1]))),
                ("INT16", .typed(.int32([1, 1]))), ("INT8", .raw(Data([1]))), ("nonsense", .raw(Data([1, 2]))),
            ]
            for (datatype, contents) in wrong {
                var inputs = typed
                inputs[2] = InferenceRequest.Input(name: "int8", datatype: datatype, shape: [2], contents: contents)
                let request = InferenceRequest(id: "", inputs: inputs, outputs: [])
                let told = await refusal { _ = try await service.infer(request, "types") }
                #expect(told.hasPrefix("INVALID_PARAMETER_VALUE") && told.contains("int8"), "\(told)")
            }
        }
    }

    @Test("may ask for the largest elements alone")
    func classification() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("gbdt", fixture: "gbdt")
            _ = try await service.deploy("gbdt", .number(1), by: world.actor)
            let rows = try Fixture("gbdt").rows
            func ask(_ count: String, of output: String = "probabilities") async throws -> JSONObject {
                let body = """
                    {"inputs": [{"name": "input", "shape": [8, 30], "datatype": "FP32", "data": \(rows.flatMap { $0 })}],
                    "outputs": [{"name": "\(output)", "parameters": {"classification": \(count)}}]}
                    """
                let answer = try await service.infer(Array(body.utf8), model: "gbdt")
                let parsed = try JSON.parse(answer.bytes)
                return parsed.objectValue ?? JSONObject()
            }
            for count in [1, 2, 5] {
                let answer = try await ask("\(count)")
                let output = try #require(answer["outputs"]?.arrayValue?.first?.objectValue)
                #expect(output["datatype"] == "BYTES" && output["shape"] == [8, .integer(Int64(min(2, count)))])
                let texts = output["data"]?.arrayValue?.compactMap(\.stringValue) ?? []
                #expect(texts.count == 8 * min(2, count))
                for row in 0..<8 {
                    let values = texts[row * min(2, count)..<(row + 1) * min(2, count)].compactMap {
                        Double($0.split(separator: ":")[0])
                    }
                    #expect(values == values.sorted(by: >))
                    #expect(texts[row * min(2, count)].hasSuffix(":\(try label(row))"))
                }
            }
            for count in ["0", "-1", "\"two\"", "1.5"] {
                let told = await refusal { _ = try await ask(count) }
                #expect(told.contains("classification"), "\(told)")
            }
        }
    }

    @Test("that names a wrong number of inputs, or a model that is not there, is told so in Triton's words")
    func words() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("net", fixture: "mlp")
            _ = try await service.deploy("net", .number(1), by: world.actor)
            let input = "{\"name\": \"input\", \"shape\": [1], \"datatype\": \"FP32\", \"data\": [1]}"
            let text = "{\"name\": \"text\", \"shape\": [1], \"datatype\": \"BYTES\", \"data\": [\"a\"]}"
            let body = Array("{\"inputs\": [\(input), \(text)]}".utf8)
            let told = await refusal { _ = try await service.infer(body, model: "net") }
            #expect(told.contains("expected 1 inputs but got 2 inputs for model 'net'"), "\(told)")
            let unknown = await refusal { _ = try await service.infer(body, model: "nope") }
            #expect(unknown == "ENDPOINT_NOT_FOUND: Request for unknown model: 'nope' is not found")
        }
    }

    @Test("is not answered by a model that was unloaded, and is again when it is loaded")
    func repository() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("net", fixture: "mlp")
            _ = try await service.deploy("net", .number(1), by: world.actor)
            let row = [UInt8](repeating: 0, count: 64)
            _ = try await service.infer(row, jsonBytes: 0, model: "net")
            try await service.load("net", by: world.actor)
            try await service.unload("net", by: world.actor)
            try await service.unload("net", by: world.actor)
            #expect(try service.endpoint("net").endpoint.state == .unloaded)
            let told = await refusal { _ = try await service.infer(row, jsonBytes: 0, model: "net") }
            #expect(told.hasPrefix("TEMPORARILY_UNAVAILABLE"))
            try await service.load("net", by: world.actor)
            _ = try await service.infer(row, jsonBytes: 0, model: "net")
            #expect(
                try await world.trace().map { $0.split(separator: " ")[1] } == [
                    "endpoint.deployed", "endpoint.unloaded", "endpoint.loaded",
                ]
            )
            let statistics = try service.endpoint("net").statistics
            #expect(statistics.batches[1]?.count == 2 && statistics.lastAnswered != nil)
            let nobody = await refusal { try await service.load("nope", by: world.actor) }
            #expect(nobody == "ENDPOINT_NOT_FOUND: failed to load 'nope', failed to poll from model repository")
        }
    }
}
