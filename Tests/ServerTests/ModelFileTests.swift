import Kernel
import NIOHTTP1
import Testing

@Suite("The files of a model version", .timeLimit(.minutes(2)))
struct ModelFileTests {
    private let mlmodel = """
        flavors:
          onnx:
            data: model.onnx
        signature:
          inputs: '[{"type": "double", "name": "spread"}, {"type": "long", "name": "n", "required": false}]'
          outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}}]'
        """

    private func register(_ files: [String: String], _ client: TestClient) async throws {
        let run = try await client.createRun()
        for (path, text) in files {
            let uri = "/api/2.0/mlflow-artifacts/artifacts/0/\(run)/artifacts/model/\(path)"
            #expect(try await client.send(.PUT, uri, body: Array(text.utf8)).status == 200)
        }
        _ = try await client.post("registered-models/create", ["name": "m"])
        let version = try await client.post(
            "model-versions/create",
            ["name": "m", "source": .string("mlflow-artifacts:/0/\(run)/artifacts/model"), "run_id": .string(run)]
        )
        #expect(version.status == 200, "\(version.text)")
    }

    @Test("are listed with sizes and digests, beside the signature that MLmodel declares")
    func listed() async throws {
        try await withServer { client in
            try await register(["MLmodel": mlmodel, "model.onnx": "abc"], client)
            let answer = try await client.send(.GET, "/api/v1/registry/models/m/versions/1/files")
            #expect(answer.status == 200, "\(answer.text)")
            let files = try #require(answer.json?["files"]?.arrayValue)
            #expect(files.map { $0["path"]?.stringValue } == ["MLmodel", "model.onnx"])
            #expect(files.last?["size_bytes"]?.integerValue == 3)
            let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            #expect(files.last?["digest"]?.stringValue == digest)
            #expect(answer.json?["digest"]?.stringValue?.hasPrefix("sha256:") == true)
            let signature = answer.json?["signature"]
            #expect(
                signature?["inputs"] == [
                    ["name": "spread", "type": "double", "required": true],
                    ["name": "n", "type": "long", "required": false],
                ]
            )
            #expect(signature?["outputs"] == [["type": "float32", "shape": [-1, 1]]])
        }
    }

    @Test("have no signature without MLmodel; a version that is not there is not found")
    func without() async throws {
        try await withServer { client in
            try await register(["weights.bin": "abc"], client)
            let answer = try await client.send(.GET, "/api/v1/registry/models/m/versions/1/files")
            #expect(answer.status == 200 && answer.json?["signature"] == nil, "\(answer.text)")
            #expect(try await client.send(.GET, "/api/v1/registry/models/m/versions/2/files").status == 404)
            #expect(try await client.send(.GET, "/api/v1/registry/models/m/versions/x/files").status == 400)
        }
    }
}
