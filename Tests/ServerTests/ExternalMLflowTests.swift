import Kernel
import NIOHTTP1
import Server
import Synchronization
import TestSupport
import Testing

@Suite("An MLflow server behind this one", .timeLimit(.minutes(2)))
struct ExternalMLflowTests {
    private static let short = "/api/v1/mlflow"

    /// Runs `test` against a server that stands before one which answers what `answer` says.
    private func withFront(
        _ answer: @escaping @Sendable (ScriptedRequest) async throws -> ScriptedAnswer,
        _ test: (TestClient) async throws -> Void
    ) async throws {
        try await withScriptedServer(answer) { url in
            try await withTemporaryFolder { folder in
                var configuration = ServerConfiguration()
                configuration.dataDirectory = folder + "/data"
                configuration.externalMLflow = url
                try await withServer(configuration, test)
            }
        }
    }

    @Test("is not taken for one that answered when it said something else")
    func strange() async throws {
        let page = ScriptedAnswer(200, headers: ["Content-Type": "text/html"], text: "<html>Log in</html>")
        try await withFront({ _ in page }) { client in
            let listed = try await client.send(.GET, Self.short + "/experiments")
            #expect(listed.status == 500 && listed.errorCode == "INTERNAL_ERROR")
            #expect(listed.message == "The server behind this one does not answer as MLflow does.")
            let status = try await client.send(.GET, Self.short + "/status").json
            #expect(status?["connected"] == false && status?["version"] == nil)
            #expect(status?["error"] == "The server behind this one does not answer as MLflow does.")
        }
    }

    @Test("keeps models without protection")
    func protection() async throws {
        try await withFront({ _ in ScriptedAnswer(200, text: "{}") }) { client in
            let place = "/api/v1/registry/models/iris/protection"
            let put = try await client.send(
                .PUT,
                place,
                headers: ["Content-Type": "application/json"],
                body: Array(#"{"protected": true}"#.utf8)
            )
            for answer in [put, try await client.send(.GET, place)] {
                #expect(answer.status == 501 && answer.errorCode == "NOT_IMPLEMENTED")
                #expect(answer.message?.contains("MLflow has no protection") == true)
            }
        }
    }

    @Test("tells its version")
    func version() async throws {
        try await withFront({ _ in ScriptedAnswer(200, text: "3.18.0rc1") }) { client in
            let status = try await client.send(.GET, Self.short + "/status").json
            #expect(status?["connected"] == true && status?["version"] == "3.18.0rc1" && status?["error"] == nil)
        }
    }

    @Test("may have the runs and models that are not here, so that their lineage is no mistake")
    func lineage() async throws {
        try await withFront({ _ in ScriptedAnswer(200, text: "{}") }) { client in
            for thing in ["run&id=r", "logged_model&id=m", "model_version&id=m/1"] {
                let answer = try await client.send(.GET, "/api/v1/lineage?kind=\(thing)")
                #expect(answer.status == 200 && answer.json?["edges"] == [], "\(answer.text)")
            }
            #expect(try await client.send(.GET, "/api/v1/lineage?kind=code&id=c").status == 404)
            #expect(try await client.send(.GET, "/api/v1/lineage?kind=model_version&id=m").status == 400)
        }
    }

    @Test(
        "is told of by its code, and without one by its status",
        arguments: [
            (ScriptedAnswer(502, text: "<html>"), 503, "TEMPORARILY_UNAVAILABLE"),
            (ScriptedAnswer(503, text: ""), 503, "TEMPORARILY_UNAVAILABLE"),
            (ScriptedAnswer(429, text: "slow down"), 503, "TEMPORARILY_UNAVAILABLE"),
            (ScriptedAnswer(401, text: ""), 403, "PERMISSION_DENIED"),
            (ScriptedAnswer(404, text: "<html>"), 404, "ENDPOINT_NOT_FOUND"),
            (ScriptedAnswer(500, text: "<html>"), 500, "INTERNAL_ERROR"),
            (ScriptedAnswer(302, headers: ["Location": "/login"]), 500, "INTERNAL_ERROR"),
            (
                ScriptedAnswer(400, text: #"{"error_code": "INVALID_PARAMETER_VALUE", "message": "no"}"#), 400,
                "INVALID_PARAMETER_VALUE"
            ),
            (.hangUp, 503, "TEMPORARILY_UNAVAILABLE"),
        ] as [(ScriptedAnswer, Int, String)]
    )
    func refusals(answer: ScriptedAnswer, status: Int, code: String) async throws {
        try await withFront({ _ in answer }) { client in
            let listed = try await client.send(.GET, Self.short + "/experiments")
            #expect(listed.status == status && listed.errorCode == code, "\(listed.text)")
        }
    }

    @Test("is said to be away within seconds when it sends nothing, or breaks off")
    func silent() async throws {
        try await withFront({ request in
            if request.target.hasSuffix("/version") {
                return .stalled(200, headers: ["Content-Length": "6"], text: "3.1")
            }
            return .brokenOff(200, headers: ["Content-Length": "100"], text: "{")
        }) { client in
            let started = ContinuousClock.now
            let status = try await client.send(.GET, Self.short + "/status").json
            #expect(status?["connected"] == false)
            #expect(status?["error"] == "The MLflow server behind this one did not answer within 5 s.")
            #expect(started.duration(to: .now) < .seconds(30))
            let listed = try await client.send(.GET, Self.short + "/experiments")
            #expect(listed.status == 503 && listed.errorCode == "TEMPORARILY_UNAVAILABLE", "\(listed.text)")
        }
    }

    @Test(
        "is not asked for its users, nor for what lies beside its API, in any spelling",
        arguments: [
            ("/api/2.0/mlflow/users/create", 403), ("/ajax-api/2.0/mlflow/users/list", 403),
            ("/api/3.0/mlflow/roles/assign", 403), ("/api/2.0/mlflow/%75sers/create", 403),
            ("/api/2.0/mlflow/%2575sers/create", 403), ("/api/2.0/mlflow/./users/create", 403),
            ("/api/2.0/mlflow//users/create", 403), ("/api/2.0/mlflow/USERS/create", 403),
            ("/api/2.0/mlflow/experiments/permissions/create", 403),
            ("/api/2.0/mlflow/registered-models/permissions/delete?name=a", 403),
            ("/api/2.0/mlflow/x/../users/create", 400), ("/api/2.0/mlflow/x/%2e%2e/users/create", 400),
            ("/api/2.0/mlflow/%2e%2e/%2e%2e/signup", 400), ("/api/2.0/mlflow/%252e%252e/x", 400),
            ("/api/2.0/mlflow/x/..", 400), ("/api/2.0/mlflow/..%2fx", 400), ("/api/2.0/mlflow/..%5cx", 400),
            ("/api/2.0/mlflow/runs/search?x=/../", 200), ("/api/2.0/mlflow/runs/search?path=users/permissions", 200),
            ("/api/2.0/mlflow-artifacts/artifacts/1/users/permissions/a..b", 200),
            ("/api/2.0/mlflow-artifacts/artifacts/mlflow/100%25", 200),
        ] as [(String, Int)]
    )
    func paths(path: String, status: Int) async throws {
        let asked = Mutex<[String]>([])
        try await withFront({ request in
            asked.withLock { $0.append(request.target) }
            return ScriptedAnswer(200, text: "{}")
        }) { client in
            let answer = try await client.send(.GET, path)
            #expect(answer.status == status)
            #expect(asked.withLock { $0 } == (status == 200 ? [path] : []))
        }
    }

    @Test("is handed what belongs to the request alone, and its answer is handed back so")
    func headers() async throws {
        let asked = Mutex<HTTPHeaders>([:])
        try await withFront({ request in
            asked.withLock { $0 = request.headers }
            return ScriptedAnswer(
                401,
                headers: [
                    "Date": "then", "Server": "theirs", "WWW-Authenticate": "Basic realm=\"mlflow\"",
                    "Connection": "X-Hop", "X-Hop": "1", "X-Kept": "1", "Proxy-Authenticate": "Basic",
                ],
                text: "no"
            )
        }) { client in
            let answer = try await client.send(
                .GET,
                "/api/2.0/mlflow/runs/get",
                headers: [
                    "Connection": "close, X-Own", "X-Own": "1", "X-Kept": "1", "Proxy-Authorization": "Basic eDp5",
                    "Cookie": "a=b",
                ]
            )
            #expect(answer.status == 401 && answer.text == "no")
            #expect(answer.headers["Date"].count == 1 && answer.headers["Server"] == ["martlet"])
            #expect(answer.headers["X-Kept"] == ["1"])
            for name in ["WWW-Authenticate", "X-Hop", "Proxy-Authenticate"] {
                #expect(answer.headers[name].isEmpty, "\(name)")
            }
            let headers = asked.withLock { $0 }
            #expect(headers["X-Kept"] == ["1"])
            for name in ["X-Own", "Proxy-Authorization", "Cookie"] { #expect(headers[name].isEmpty, "\(name)") }
        }
    }

    @Test("is asked for several runs at once, and they come in the order in which they were named")
    func compared() async throws {
        let asked = Mutex((now: 0, most: 0))
        try await withFront({ request in
            asked.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            try await Task.sleep(for: .milliseconds(20))
            asked.withLock { $0.now -= 1 }
            let id = request.target.split(separator: "=").last.map(String.init) ?? ""
            return ScriptedAnswer(200, text: #"{"run": {"info": {"run_id": "\#(id)"}}}"#)
        }) { client in
            let ids = (0..<30).map { "run\($0)" }
            let body = JSON.object(["run_ids": .array(ids.map { .string($0) })]).text
            let answer = try await client.send(
                .POST,
                Self.short + "/runs/compare",
                headers: ["Content-Type": "application/json"],
                body: Array(body.utf8)
            )
            #expect(answer.json?["runs"]?.arrayValue?.map { $0["run_id"]?.stringValue ?? "" } == ids)
            #expect((2...8).contains(asked.withLock { $0.most }))
        }
    }
}
