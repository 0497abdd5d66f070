import Kernel
import NIOHTTP1
import Server
import Synchronization
import TestSupport
import Testing

@Suite("A version of the MLflow server behind that is to be served", .timeLimit(.minutes(2)))
struct FetchedVersionTests {
    private static let proxy = "/api/2.0/mlflow-artifacts/artifacts"

    /// An MLflow server with version 1 of `iris`, whose files are `MLmodel` and `data/a b.bin`.
    private final class Behind: Sendable {
        let asked = Mutex<[String]>([])
        /// Answers in the place of what is answered else, by the beginnings of targets.
        let instead: Mutex<[String: ScriptedAnswer]>

        init(instead: [String: ScriptedAnswer] = [:]) {
            self.instead = Mutex(instead)
        }

        func answer(_ request: ScriptedRequest) -> ScriptedAnswer {
            let target = request.target
            asked.withLock { $0.append(target) }
            let instead = instead.withLock { $0.first { target.hasPrefix($0.key) }?.value }
            return instead ?? ScriptedAnswer(200, text: text(target))
        }

        private func text(_ target: String) -> String {
            switch target {
            case "\(proxy)?path=1%2Fmodel":
                #"{"files": [{"path": "MLmodel", "is_dir": false}, {"path": "data", "is_dir": true}]}"#
            case "\(proxy)?path=1%2Fmodel%2Fdata": #"{"files": [{"path": "a b.bin", "is_dir": false}]}"#
            case let file where file.hasPrefix(proxy + "/"): "flavors: {}\n"
            case let call where call.hasPrefix("/api/2.0/mlflow/model-versions/get-download-uri"):
                #"{"artifact_uri": "mlflow-artifacts:/1/model"}"#
            case let call where call.hasPrefix("/api/2.0/mlflow/model-versions/get"): version(createdAt: 5)
            default: #"{"registered_model": {"name": "iris", "creation_timestamp": 4}}"#
            }
        }

        func version(createdAt: Int) -> String {
            #"{"model_version": {"name": "iris", "version": "1", "source": "mlflow-artifacts:/1/model","#
                + #" "creation_timestamp": \#(createdAt), "run_id": ""}}"#
        }

        /// How often each file was read.
        var reads: [String: Int] {
            asked.withLock { asked in
                asked.filter { $0.hasPrefix(proxy + "/") }.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
        }
    }

    private func withFront(_ behind: Behind, _ test: (TestClient) async throws -> Void) async throws {
        try await withScriptedServer({ behind.answer($0) }) { url in
            try await withTemporaryFolder { folder in
                var configuration = ServerConfiguration()
                configuration.dataDirectory = folder + "/data"
                configuration.externalMLflow = url
                try await withServer(configuration, test)
            }
        }
    }

    private func deploy(_ client: TestClient) async throws -> Answer {
        try await client.send(
            .POST,
            "/mlops/deploy",
            headers: ["Content-Type": "application/json"],
            body: Array(#"{"model_name": "iris", "version": 1}"#.utf8)
        )
    }

    private func isHere(_ client: TestClient) async throws -> Bool {
        try await client.send(.GET, "/api/v1/registry/models/iris/versions/1").status == 200
    }

    @Test("is fetched once, whoever else deploys it at the same time or later")
    func once() async throws {
        let behind = Behind()
        try await withFront(behind) { client in
            async let first = deploy(client)
            async let second = deploy(client)
            // It has no flavor that can be served, and is registered all the same.
            for answer in [try await first, try await second, try await deploy(client)] {
                #expect(answer.status == 400, "\(answer.text)")
            }
            #expect(behind.reads == ["\(Self.proxy)/1/model/MLmodel": 1, "\(Self.proxy)/1/model/data/a%20b.bin": 1])
            #expect(try await isHere(client))
        }
    }

    @Test(
        "leaves nothing here when its files do not come whole, and is fetched when they do",
        arguments: [
            ("/1/model/data/", ScriptedAnswer.brokenOff(200, headers: ["Content-Length": "9"], text: "ab"), 503),
            ("/1/model/data/", .hangUp, 503), ("/1/model/MLmodel", ScriptedAnswer(404, text: ""), 400),
            ("?path=1%2Fmodel", ScriptedAnswer(200, text: "{}"), 400),
            ("?path=1%2Fmodel", ScriptedAnswer(500, text: "<html>"), 400),
            ("?path=1%2Fmodel", ScriptedAnswer(200, text: #"{"files": [{"path": ".."}]}"#), 400),
        ] as [(String, ScriptedAnswer, Int)]
    )
    func broken(target: String, answer: ScriptedAnswer, status: Int) async throws {
        let behind = Behind(instead: [Self.proxy + target: answer])
        try await withFront(behind) { client in
            let refused = try await deploy(client)
            #expect(refused.status == status, "\(refused.text)")
            #expect(try await !isHere(client))
            behind.instead.withLock { $0 = [:] }
            _ = try await deploy(client)
            #expect(try await isHere(client))
        }
    }

    @Test("says what to do when the server behind does not give its files")
    func elsewhere() async throws {
        let uri = ScriptedAnswer(200, text: #"{"artifact_uri": "s3://bucket/model"}"#)
        let behind = Behind(instead: ["/api/2.0/mlflow/model-versions/get-download-uri": uri])
        try await withFront(behind) { client in
            let answer = try await deploy(client)
            #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE")
            #expect(answer.message?.contains("`martlet import mlflow`") == true)
            #expect(answer.message?.contains("--artifact-roots") == true)
        }
    }

    @Test("stays what it was when the server behind has another under its number by now")
    func replaced() async throws {
        let behind = Behind()
        try await withFront(behind) { client in
            _ = try await deploy(client)
            let other = ScriptedAnswer(200, text: behind.version(createdAt: 6))
            behind.instead.withLock { $0 = ["/api/2.0/mlflow/model-versions/get?": other] }
            let answer = try await deploy(client)
            #expect(answer.status == 409 && answer.errorCode == "RESOURCE_CONFLICT", "\(answer.text)")
            #expect(behind.reads.values.allSatisfy { $0 == 1 })
        }
    }
}
