import Kernel
import NIOHTTP1
import TestSupport
import Testing

@testable import Server

@Suite("The way to a server of language models", .timeLimit(.minutes(2)))
struct DeploymentsProxyTests {
    private let uri = "/ajax-api/2.0/mlflow/gateway-proxy"
    private let json: HTTPHeaders = ["Content-Type": "application/json"]

    private func withProxy(to target: String, _ test: (TestClient) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder + "/data"
            configuration.deploymentsTarget = target
            try await withServer(configuration, test)
        }
    }

    private func post(_ client: TestClient, _ body: JSON) async throws -> Answer {
        try await client.send(.POST, uri, headers: json, body: Array(body.text.utf8))
    }

    @Test("says without one that there are no endpoints")
    func nothing() async throws {
        try await withServer { client in
            let listed = try await client.send(.GET, uri)
            let called = try await post(client, ["gateway_path": "gateway/chat/invocations"])
            #expect(listed.text == #"{"endpoints":[]}"# && called.text == listed.text)
        }
    }

    @Test("leads to the list of endpoints and to their calls, and nowhere else")
    func paths() async throws {
        try await withProxy(to: "http://127.0.0.1:1") { client in
            let missing = try await post(client, [:])
            #expect(missing.status == 400)
            #expect(missing.message == "Deployments proxy request must specify a gateway_path.")
            for path in [
                "foo/bar", "api/2.0/endpoints", "gateway/a/b/invocations", "gateway//invocations",
                "gateway/../invocations",
                "gateway/%2e%2e/invocations", "gateway/a?b/invocations", "gateway/a/invocations/../x", "/",
            ] {
                let answer = try await post(client, ["gateway_path": .string(path)])
                #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE")
                #expect(answer.message == "Invalid gateway_path: \(path) for method: POST")
            }
            let get = try await client.send(.GET, uri + "?gateway_path=gateway/a/invocations")
            #expect(get.message == "Invalid gateway_path: gateway/a/invocations for method: GET")
            for method in [HTTPMethod.DELETE, .PUT, .PATCH] {
                let answer = try await client.send(method, uri)
                #expect(answer.status == 405 && answer.errorCode == "BAD_REQUEST")
            }
        }
    }

    @Test("says when nobody answers there")
    func unreachable() async throws {
        try await withProxy(to: "http://127.0.0.1:1/") { client in
            let answer = try await client.send(.GET, uri + "?gateway_path=/api/2.0/endpoints/")
            #expect(answer.status == 503 && answer.message?.contains("can't be reached") == true)
        }
        try await withProxy(to: "databricks") { client in
            let answer = try await post(client, ["gateway_path": "gateway/chat/invocations"])
            #expect(answer.status == 503 && answer.message?.contains("MLFLOW_DEPLOYMENTS_TARGET is not") == true)
        }
    }

    @Test("is gone by so many at once, and by others when these have their answers")
    func bound() async throws {
        let (arrived, arrivals) = AsyncStream.makeStream(of: Void.self)
        let hold = Hold()
        try await withScriptedServer({ _ in
            arrivals.yield()
            await hold.wait()
            return ScriptedAnswer(200, text: "{}")
        }) { address in
            try await withProxy(to: address) { client in
                let list = uri + "?gateway_path=api/2.0/endpoints"
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<DeploymentsProxyRoutes.callsMax {
                        group.addTask { try await client.send(.GET, list).status }
                    }
                    for await _ in arrived.prefix(DeploymentsProxyRoutes.callsMax) {}
                    let refused = try await client.send(.GET, list)
                    #expect(refused.status == 429 && refused.errorCode == "REQUEST_LIMIT_EXCEEDED")
                    await hold.open()
                    for try await status in group { #expect(status == 200) }
                }
                #expect(try await client.send(.GET, list).status == 200)
            }
        }
    }

    @Test("hands on what is refused there")
    func refused() async throws {
        try await withServer { other in
            try await withProxy(to: "http://127.0.0.1:\(other.port)") { client in
                let answer = try await post(
                    client,
                    ["gateway_path": "gateway/chat/invocations", "json_data": ["a": 1]]
                )
                #expect(answer.status == 400)
                #expect(answer.message?.hasPrefix("Deployments proxy request failed with error code 404.") == true)
                #expect(answer.message?.contains("ENDPOINT_NOT_FOUND") == true)
            }
        }
    }
}
