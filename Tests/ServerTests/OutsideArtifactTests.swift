import Foundation
import Kernel
import NIOHTTP1
import Server
import TestSupport
import Testing

@Suite("Artifacts that clients keep themselves", .timeLimit(.minutes(2)))
struct OutsideArtifactTests {
    private static func environment(_ endpoint: String) -> [String: String] {
        ["AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "secret", "MLFLOW_S3_ENDPOINT_URL": endpoint]
    }

    /// A new run of a new experiment at `location`.
    private func run(at location: String, _ client: TestClient) async throws -> String {
        let named: JSON = ["name": .string(location), "artifact_location": .string(location)]
        let experiment = try #require(try await client.post("experiments/create", named).json?["experiment_id"])
        let created = try await client.post("runs/create", ["experiment_id": experiment])
        return try #require(created.json?["run"]?["info"]?["run_id"]?.stringValue)
    }

    private func expectRefusals(_ run: String, _ client: TestClient) async throws {
        for answer in [
            try await client.get("artifacts/list?run_id=\(run)"),
            try await client.send(.GET, "/get-artifact?run_id=\(run)&path=a.txt"),
        ] {
            #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE", "\(answer.text)")
            #expect(answer.message?.contains("not kept by this server") == true)
        }
    }

    @Test("in a bucket are listed and read below the root of experiments, in parts too, and nowhere else")
    func bucket() async throws {
        let given = ProcessInfo.processInfo.environment["MARTLET_TEST_S3_URL"]
        let endpoint = try #require(given, "run the tests by Scripts/with-s3 swift test")
        let bucket = "s3://martlet-test/\(UUID().uuidString.lowercased())"
        try await withServer({ configuration, _ in
            // What the server keeps is how this test writes to the bucket.
            configuration.artifactsDestination = bucket
            configuration.defaultArtifactRoot = bucket + "/team"
            configuration.environment = Self.environment(endpoint)
        }) { client, _ in
            func put(_ path: String, _ text: String) async throws {
                let uri = "/api/2.0/mlflow-artifacts/artifacts/\(path)"
                let sent = try await client.send(.PUT, uri, body: Array(text.utf8))
                #expect(sent.status == 200, "\(sent.text)")
            }
            let run = try await client.createRun()
            let empty = try await client.get("artifacts/list?run_id=\(run)")
            #expect(empty.status == 200 && empty.json?["files"] == nil)
            try await put("team/0/\(run)/artifacts/sub/a%20b.txt", "hello")
            try await put("secret/a.txt", "secret")
            try await put("team2/a.txt", "secret")
            let top = try await client.get("artifacts/list?run_id=\(run)")
            #expect(top.json?["files"] == [["path": "sub", "is_dir": true]])
            let below = try await client.get("artifacts/list?run_id=\(run)&path=sub")
            #expect(below.json?["files"] == [["path": "sub/a b.txt", "is_dir": false, "file_size": 5]])
            let uri = "/get-artifact?run_id=\(run)&path="
            let file = try await client.send(.GET, uri + "sub/a%20b.txt")
            #expect(file.status == 200 && file.text == "hello")
            let part = try await client.send(.GET, uri + "sub/a%20b.txt", headers: ["Range": "bytes=1-2"])
            #expect(part.status == 206 && part.text == "el" && part.headers["Content-Range"] == ["bytes 1-2/5"])
            #expect(try await client.send(.GET, uri + "none").status == 404)
            for path in ["../../../../secret/a.txt", "..%2Fa", "%252e%252e/a", "/team2/a.txt", "sub/../../a", "s%5Ca"] {
                #expect(try await client.send(.GET, uri + path).status == 400, "\(path)")
                #expect(try await client.get("artifacts/list?run_id=\(run)&path=\(path)").status == 400, "\(path)")
            }
            for location in [bucket + "/secret", bucket + "/team2", bucket, "s3://other"] {
                try await expectRefusals(try await self.run(at: location, client), client)
            }
        }
    }

    @Test("in a folder are read below a root that the server is told of, and not through a link out of it")
    func folder() async throws {
        try await withServer({ $0.artifactRoots = [$1 + "/models"] }) { client, folder in
            let files = FileManager.default
            try files.createDirectory(atPath: folder + "/secret", withIntermediateDirectories: false)
            try Data("secret".utf8).write(to: URL(filePath: folder + "/secret/a.txt"))
            let run = try await self.run(at: "file://\(folder)/models/a", client)
            let artifacts = folder + "/models/a/\(run)/artifacts"
            let missing = try await client.get("artifacts/list?run_id=\(run)")
            #expect(missing.status == 200 && missing.json?["files"] == nil)
            #expect(try await client.send(.GET, "/get-artifact?run_id=\(run)&path=a.txt").status == 404)
            try files.createDirectory(atPath: artifacts, withIntermediateDirectories: true)
            try Data("hello".utf8).write(to: URL(filePath: artifacts + "/a.txt"))
            try files.createSymbolicLink(
                atPath: artifacts + "/link.txt",
                withDestinationPath: folder + "/secret/a.txt"
            )
            let listed = try await client.get("artifacts/list?run_id=\(run)")
            #expect(listed.json?["files"] == [["path": "a.txt", "is_dir": false, "file_size": 5]])
            #expect(try await client.send(.GET, "/get-artifact?run_id=\(run)&path=a.txt").text == "hello")
            let linked = try await client.send(.GET, "/get-artifact?run_id=\(run)&path=link.txt")
            #expect([400, 404].contains(linked.status) && linked.text != "secret")
            try await expectRefusals(try await self.run(at: folder + "/secret", client), client)
            try await expectRefusals(try await self.run(at: "file://\(folder)/models2", client), client)
            let upload = "/ajax-api/2.0/mlflow/upload-artifact?run_id=\(run)&path=b.txt"
            #expect(try await client.send(.POST, upload, body: [1]).status == 400)
            #expect(!files.fileExists(atPath: artifacts + "/b.txt"))
        }
    }

    @Test("in a bucket that refuses or is away are answered with what is wrong")
    func trouble() async throws {
        try await withScriptedServer({ _ in ScriptedAnswer(403) }) { endpoint in
            for (endpoint, status, words) in [
                (endpoint, 500, "credentials of this server are not let in"),
                ("http://127.0.0.1:1", 503, "can't be reached"),
            ] {
                try await withServer({ configuration, _ in
                    configuration.defaultArtifactRoot = "s3://bucket/team"
                    configuration.environment = Self.environment(endpoint)
                }) { client, _ in
                    let run = try await client.createRun()
                    let listed = try await client.get("artifacts/list?run_id=\(run)")
                    #expect(listed.status == status && listed.message?.contains(words) == true, "\(listed.text)")
                    let file = try await client.send(.GET, "/get-artifact?run_id=\(run)&path=a.txt")
                    #expect(file.status == status && file.message?.contains(words) == true, "\(file.text)")
                }
            }
        }
    }
}
