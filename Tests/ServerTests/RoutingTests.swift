import Kernel
import NIOHTTP1
import Testing

@Suite("A route", .timeLimit(.minutes(2)))
struct RoutingTests {
    @Test("that is not there answers 404 in MLflow's form")
    func unknown() async throws {
        try await withServer { client in
            for uri in [
                "/nope", "/api/2.0/mlflow/nope", "/api/2.0/mlflow/runs/nope/x", "/api/9.0/mlflow/runs/get", "//",
                "/api/2.0/mlflow/runs/get/",
                "/api/2.0/mlflow/%2e%2e/secret",
            ] {
                let answer = try await client.send(.POST, uri, headers: ["Content-Type": "application/json"], body: [])
                #expect(answer.status == 404 && answer.errorCode == "ENDPOINT_NOT_FOUND", "\(uri)")
                #expect(answer.headers["Content-Type"] == ["application/json"])
                #expect(answer.headers["X-Content-Type-Options"] == ["nosniff"])
            }
        }
    }

    @Test("asked by another method is refused in MLflow's form")
    func method() async throws {
        try await withServer { client in
            for (method, uri) in [
                (HTTPMethod.PUT, "/api/2.0/mlflow/runs/get"), (.GET, "/api/2.0/mlflow/runs/create"),
                (.DELETE, "/health"),
            ] {
                let answer = try await client.send(method, uri)
                #expect([404, 405].contains(answer.status), "\(uri)")
                #expect(answer.errorCode != nil && answer.message != nil, "\(uri)")
            }
        }
    }

    @Test("of the inference protocol that is not there answers in that protocol's form")
    func inference() async throws {
        try await withServer { client in
            let answer = try await client.send(.GET, "/v2/nope/nope/nope")
            #expect(answer.status == 404)
            #expect(answer.json?["error"]?.stringValue != nil && answer.errorCode == nil)
        }
    }

    @Test("of MLflow is there under both prefixes and both versions", arguments: ["api", "ajax-api"], ["2.0", "3.0"])
    func prefixes(prefix: String, version: String) async throws {
        try await withServer { client in
            let base = "/\(prefix)/\(version)/"
            let experiment = try await client.send(.GET, base + "mlflow/experiments/get?experiment_id=0")
            #expect(experiment.status == 200)
            let artifacts = try await client.send(.GET, base + "mlflow-artifacts/artifacts")
            #expect(artifacts.text == "{}")
        }
    }

    @Test("tells that the server lives, is ready, and what it is")
    func platform() async throws {
        try await withServer { client in
            for uri in ["/health", "/livez", "/readyz"] {
                let answer = try await client.send(.GET, uri)
                #expect(answer.status == 200 && answer.text == "OK", "\(uri)")
            }
            let version = try await client.send(.GET, "/version")
            #expect(version.text == "3.18.0")
            #expect(version.headers["Content-Type"].first?.hasPrefix("text/plain") == true)
            let own = try await client.send(.GET, "/api/v1/version")
            #expect(own.json?["mlflow_level"] == "3.18.0" && own.json?["version"]?.stringValue != nil)
            let info = try await client.send(.GET, "/api/3.0/mlflow/server-info")
            #expect(info.json?["store_type"] == "SqlStore" && info.json?["multipart_uploads_enabled"] == false)
        }
    }

    @Test("describes the API in OpenAPI 3.1")
    func openAPI() async throws {
        try await withServer { client in
            let answer = try await client.send(.GET, "/openapi.json")
            #expect(answer.status == 200 && answer.headers["Content-Type"] == ["application/json"])
            let version = try #require(answer.json?["openapi"]?.stringValue)
            #expect(version.hasPrefix("3.1"))
            let paths = try #require(answer.json?["paths"]?.objectValue)
            for path in ["/api/2.0/mlflow/runs/create", "/api/2.0/mlflow/experiments/search", "/health"] {
                #expect(paths[path] != nil, "\(path)")
            }
        }
    }

    @Test("of a page answers the page")
    func page() async throws {
        try await withServer { client in
            for uri in [
                "/", "/experiments", "/experiments/1", "/runs/abc", "/compare", "/models/m/versions/1",
                "/models/m/compare", "/activities", "/lineage/model_version/m%2F1", "/webhooks", "/webhooks/abc",
            ] {
                let answer = try await client.send(.GET, uri)
                #expect(
                    answer.status == 200 && answer.headers["Content-Type"].first?.hasPrefix("text/html") == true,
                    "\(uri)"
                )
                #expect(answer.headers["Content-Security-Policy"].isEmpty == false)
                let etag = try #require(answer.headers["ETag"].first)
                #expect(try await client.send(.GET, uri, headers: ["If-None-Match": etag]).status == 304)
            }
        }
    }
}
