import Kernel
import NIOHTTP1
import Testing

@Suite("An issue on the wire", .timeLimit(.minutes(2)))
struct IssueWireTests {
    private let issues = "/api/3.0/mlflow/issues"
    private let json: HTTPHeaders = ["Content-Type": "application/json"]

    private func send(_ client: TestClient, _ method: HTTPMethod, _ uri: String, _ body: JSON) async throws -> Answer {
        try await client.send(method, uri, headers: json, body: Array(body.text.utf8))
    }

    @Test("has MLflow's fields in MLflow's order, and nothing that is empty")
    func fields() async throws {
        try await withServer { client in
            let plain: JSON = ["experiment_id": "0", "name": "n", "description": "d"]
            let made = try #require(try await send(client, .POST, issues, plain).json?["issue"]?.objectValue)
            #expect(
                made.members.map(\.name) == [
                    "issue_id", "experiment_id", "name", "description", "status", "created_timestamp",
                    "last_updated_timestamp",
                ]
            )
            let id = try #require(made["issue_id"]?.stringValue)
            let change: JSON = ["issue_id": .string(id), "name": "", "severity": "high", "status": "resolved"]
            let changed = try await send(client, .PATCH, "\(issues)/\(id)", change).json?["issue"]
            #expect(changed?["name"] == "n" && changed?["severity"] == "high" && changed?["status"] == "resolved")
            let got = try await client.send(.GET, "\(issues)/\(id)").json?["issue"]
            #expect(got == changed)
        }
    }

    @Test("is found with a token for the next page, which is empty on the last")
    func search() async throws {
        try await withServer { client in
            for name in ["a", "b", "c"] {
                let new: JSON = ["experiment_id": "0", "name": .string(name), "description": "d", "root_causes": ["x"]]
                #expect(try await send(client, .POST, issues, new).status == 200)
            }
            let first = try await send(client, .POST, issues + "/search", ["max_results": 2]).json
            #expect(first?["issues"]?.arrayValue?.count == 2)
            let token = try #require(first?["next_page_token"])
            #expect(token.stringValue?.isEmpty == false)
            let rest: JSON = ["max_results": 2, "page_token": token]
            let second = try await send(client, .POST, issues + "/search", rest).json
            #expect(second?["issues"]?.arrayValue?.count == 1)
            #expect(second?["issues"]?.arrayValue?.first?["root_causes"] == ["x"])
            #expect(second?["next_page_token"] == "")
        }
    }

    @Test("is refused without its fields, with a status that there is not, and where it is not")
    func refusals() async throws {
        try await withServer { client in
            for (body, message) in [
                ([:], "Missing value for required parameter 'experiment_id'."),
                (["experiment_id": "0", "name": "n"], "Missing value for required parameter 'description'."),
                (
                    ["experiment_id": "0", "name": "n", "description": "d", "status": "open"],
                    "Invalid value 'open' for 'status'. It must be one of pending, rejected, resolved."
                ),
            ] as [(JSON, String)] {
                let answer = try await send(client, .POST, issues, body)
                #expect(answer.status == 400 && answer.message?.hasPrefix(message) == true, "\(answer.text)")
            }
            let missing = try await client.send(.GET, issues + "/none")
            #expect(missing.status == 404 && missing.errorCode == "RESOURCE_DOES_NOT_EXIST")
        }
    }
}
