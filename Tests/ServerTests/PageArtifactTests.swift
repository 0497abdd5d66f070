import Kernel
import NIOHTTP1
import Server
import Testing

@Suite("An artifact on a page", .timeLimit(.minutes(2)))
struct PageArtifactTests {
    private let upload = "/ajax-api/2.0/mlflow/upload-artifact"

    @Test("is taken, and comes back")
    func upload() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            for name in ["run_uuid", "run_id"] {
                let uri = "\(upload)?\(name)=\(run)&path=\(name)/note.txt"
                #expect(try await client.send(.POST, uri, body: Array(name.utf8)).status == 200)
                let file = try await client.send(.GET, "/get-artifact?run_id=\(run)&path=\(name)/note.txt")
                #expect(file.text == name)
                #expect(file.headers["Content-Disposition"] == ["attachment; filename=note.txt"])
            }
        }
    }

    @Test("without a run, a path or data is refused, and so is one of more than 10 MB")
    func refused() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            for (query, body, message) in [
                ("", [1], "Request must specify run_uuid."), ("?run_uuid=\(run)", [1], "Request must specify path."),
                ("?run_uuid=\(run)&path=", [1], "Request must specify path."),
                ("?run_uuid=\(run)&path=../x", [1], "Invalid path"),
                ("?run_uuid=\(run)&path=x", [], "Request must specify data."),
                ("?run_uuid=\(run)&path=x", Array(repeating: 0, count: (10 << 20) + 1), "Artifact size is too large."),
            ] as [(String, [UInt8], String)] {
                let answer = try await client.send(.POST, upload + query, body: body)
                #expect(answer.status == 400 && answer.message?.hasPrefix(message) == true, "\(query)")
            }
            #expect(try await client.get("artifacts/list?run_id=\(run)").json?["files"] == nil)
        }
    }

    @Test("of a version or a logged model is downloaded; its path is checked before anything else")
    func downloads() async throws {
        try await withServer { client in
            let model = try await client.post("logged-models", ["experiment_id": "0", "name": "m"])
            let id = try #require(model.json?["model"]?["info"]?["model_id"]?.stringValue)
            let file = "/api/2.0/mlflow-artifacts/artifacts/0/models/\(id)/artifacts/MLmodel"
            #expect(try await client.send(.PUT, file, body: Array("flavors: {}".utf8)).status == 200)
            let got = try await client.get("logged-models/\(id)/artifacts/files?artifact_file_path=MLmodel")
            #expect(got.text == "flavors: {}")
            _ = try await client.post("registered-models/create", ["name": "r"])
            let version: JSON = ["name": "r", "source": .string("models:/\(id)"), "model_id": .string(id)]
            #expect(try await client.post("model-versions/create", version).status == 200)
            let uri = "/model-versions/get-artifact?name=r&version=1"
            #expect(try await client.send(.GET, uri + "&path=MLmodel").text == "flavors: {}")
            #expect(try await client.send(.GET, uri + "&path=none").status == 404)
            let bad = try await client.send(.GET, "//model-versions/get-artifact?name=none&version=1&path=../x")
            #expect(bad.status == 400 && bad.message == "Invalid path")
            #expect(try await client.get("logged-models/m-0/artifacts/files?artifact_file_path=..%2Fx").status == 400)
        }
    }
}
