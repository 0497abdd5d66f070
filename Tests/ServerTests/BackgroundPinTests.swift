import Foundation
import Kernel
import NIOHTTP1
import Server
import TestSupport
import Testing

@Suite("The pin of a version whose files clients keep", .timeLimit(.minutes(2)))
struct BackgroundPinTests {
    private let version = "/api/v1/registry/models/m/versions/1"

    private func register(_ source: String, run: String = "", _ client: TestClient) async throws {
        _ = try await client.post("registered-models/create", ["name": "m"])
        let made = try await client.post(
            "model-versions/create",
            ["name": "m", "source": .string(source), "run_id": .string(run)]
        )
        #expect(made.status == 200, "\(made.text)")
    }

    /// The files of version 1 once it does not wait any more.
    private func settled(_ client: TestClient) async throws -> JSONObject {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let answer = try await client.send(.GET, version + "/files")
            let files = try #require(answer.json, "\(answer.text)")
            if files["pin_state"] != "pending" { return files }
            try #require(ContinuousClock.now < deadline, "it waits for its pin too long")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func write(_ text: String, to path: String) throws {
        let url = URL(filePath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    @Test("is made in the background below the root of new experiments, and told on the version")
    func pinned() async throws {
        try await withTemporaryFolder { folder in
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder + "/data"
            configuration.defaultArtifactRoot = "file://\(folder)/client"
            try await withServer(configuration) { client in
                let run = try await client.createRun()
                try write("flavors: {}", to: "\(folder)/client/0/\(run)/artifacts/model/MLmodel")
                try await register("file://\(folder)/client/0/\(run)/artifacts/model", run: run, client)
                let files = try await settled(client)
                #expect(files["pin_state"] == "pinned" && files["unpinned_reason"] == nil)
                #expect(files["files"]?.arrayValue?.map { $0["path"] } == ["MLmodel"])
                let described = try await client.send(.GET, version)
                #expect(described.json?["pin_state"] == "pinned" && described.json?["digest"] == files["digest"])
                let asked = try await client.send(.POST, version + "/pin")
                #expect(asked.status == 200 && asked.json?["digest"] == files["digest"])
                #expect(try await client.send(.POST, "/api/v1/registry/models/m/versions/2/pin").status == 404)
            }
        }
    }

    @Test("is made below a root that the server is told of, and of no other")
    func roots() async throws {
        try await withTemporaryFolder { folder in
            try write("x", to: folder + "/models/a/MLmodel")
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder + "/data"
            configuration.backendStoreURI = "sqlite:///\(folder)/shared.sqlite"
            try await withServer(configuration) { client in
                let experiment = try await client.post(
                    "experiments/create",
                    ["name": "own", "artifact_location": .string(folder + "/models")]
                )
                let id = try #require(experiment.json?["experiment_id"])
                let run = try await client.post("runs/create", ["experiment_id": id])
                let info = try #require(run.json?["run"]?["info"])
                let uri = try #require(info["artifact_uri"]?.stringValue)
                try write("x", to: uri + "/MLmodel")
                try await register(uri, run: try #require(info["run_id"]?.stringValue), client)
                let files = try await settled(client)
                #expect(files["pin_state"] == "failed")
                #expect(files["unpinned_reason"]?.stringValue?.contains("--artifact-roots") == true)
                let refused = try await client.send(.POST, version + "/pin")
                #expect(refused.status == 400 && refused.errorCode == "INVALID_PARAMETER_VALUE")
            }
            // The first server's process, which is this one, holds its data folder still.
            configuration.dataDirectory = folder + "/other"
            configuration.artifactRoots = ["s3://bucket/x", folder + "/models"]
            configuration.environment = ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"]
            try await withServer(configuration) { client in
                let asked = try await client.send(.POST, version + "/pin")
                let files = try await settled(client)
                #expect(asked.status == 202 && files["pin_state"] == "pinned")
            }
        }
    }

    @Test(
        "needs a root that can be read, or the server does not start",
        arguments: [
            "gs://bucket", "mlflow-artifacts:/x", "s3://bucket", "/a/../b", "file://host/a",
        ]
    )
    func refusesToStart(root: String) async throws {
        let error = await #expect(throws: StartupError.self) {
            try await withTemporaryFolder { folder in
                var configuration = ServerConfiguration()
                configuration.dataDirectory = folder
                configuration.artifactRoots = [root]
                try await withServer(configuration) { _ in }
            }
        }
        #expect(error?.description.contains(root) == true)
    }
}
