import Kernel
import NIOHTTP1
import Testing

@testable import Server

@Suite("A call on what is said of a trace", .timeLimit(.minutes(2)))
struct AssessmentCallTests {
    private static let assessments = "/api/3.0/mlflow/traces/tr-1/assessments"

    private static func send(_ client: TestClient, _ method: HTTPMethod, _ path: String, _ body: JSON) async throws
        -> Answer
    {
        try await client.send(method, path, headers: ["Content-Type": "application/json"], body: Array(body.text.utf8))
    }

    private static func withTrace(_ test: (TestClient) async throws -> Void) async throws {
        try await withServer { client in
            let told: JSON = [
                "trace_id": "tr-1", "trace_location": ["mlflow_experiment": ["experiment_id": "0"]],
                "request_time": "2026-01-31T12:00:00Z",
                "assessments": [["assessment_name": "first", "feedback": ["value": 1]]],
            ]
            let answer = try await send(client, .POST, "/api/3.0/mlflow/traces", ["trace": ["trace_info": told]])
            #expect(answer.status == 200, "\(answer.text)")
            try await test(client)
        }
    }

    @Test("keeps it, changes it and takes it back")
    func whole() async throws {
        try await Self.withTrace { client in
            let said: JSON = [
                "assessment_name": "quality", "feedback": ["value": ["rating": 4], "error": ["error_code": "E"]],
                "source": ["source_type": "HUMAN", "source_id": "ada"], "rationale": "because",
                "metadata": ["k": "v"], "create_time": "2026-01-31T12:00:01Z", "valid": false,
            ]
            let made = try await Self.send(client, .POST, Self.assessments, ["assessment": said])
            let id = try #require(made.json?["assessment"]?["assessment_id"]?.stringValue)
            let text =
                #"{"assessment":{"assessment_id":"\#(id)","assessment_name":"quality","trace_id":"tr-1","#
                + #""source":{"source_type":"HUMAN","source_id":"ada"},"create_time":"2026-01-31T12:00:01Z","#
                + #""last_update_time":"2026-01-31T12:00:01Z","feedback":{"value":{"rating":4},"#
                + #""error":{"error_code":"E"}},"rationale":"because","metadata":{"k":"v"},"valid":true}}"#
            #expect(made.status == 200 && made.text == text, "\(made.text)")
            let place = Self.assessments + "/" + id
            #expect(try await client.send(.GET, place).text == text)
            let change: JSON = [
                "assessment": ["assessmentName": "better", "feedback": ["value": 5], "rationale": "not meant"],
                "update_mask": "assessmentName,feedback",
            ]
            let changed = try await Self.send(client, .PATCH, place, change)
            let after = changed.json?["assessment"]
            #expect(after?["assessment_name"] == "better" && after?["feedback"] == ["value": 5], "\(changed.text)")
            #expect(after?["rationale"] == "because" && after?["metadata"] == ["k": "v"])
            let trace = try await client.send(.GET, "/api/3.0/mlflow/traces/tr-1").json?["trace"]?["trace_info"]
            let names = trace?["assessments"]?.arrayValue?.map { $0["assessment_name"] }
            #expect(names?.count == 2 && names?.contains("first") == true && names?.contains("better") == true)
            #expect(try await client.send(.DELETE, place).text == "{}")
            let gone = try await client.send(.GET, place)
            #expect(gone.status == 404 && gone.message == "Assessment with ID '\(id)' not found for trace 'tr-1'")
        }
    }

    @Test("is refused with what is wrong")
    func refusals() async throws {
        try await Self.withTrace { client in
            let empty: JSON = [:]
            for (body, message) in [
                (empty, "Missing value for required parameter 'assessment'."),
                (["assessment": empty], "Missing value for required parameter 'assessment.assessment_name'."),
                (
                    ["assessment": ["assessment_name": "a"]],
                    "Exactly one of `expectation`, `feedback`, or `issue` should"
                ),
                (["assessment": ["assessment_name": "a", "feedback": empty, "expectation": empty]], "Exactly one of"),
                (["assessment": ["assessment_name": "a", "feedback": 1]], "Invalid value 1 for parameter"),
                (
                    ["assessment": ["assessment_name": "a", "feedback": empty, "create_time": "now"]],
                    "Invalid value 'now'"
                ),
            ] as [(JSON, String)] {
                let answer = try await Self.send(client, .POST, Self.assessments, body)
                #expect(answer.status == 400 && answer.message?.hasPrefix(message) == true, "\(answer.text)")
            }
            let made = try await Self.send(
                client,
                .POST,
                Self.assessments,
                ["assessment": ["assessment_name": "a", "expectation": ["value": ["city": ["Paris"]]]]]
            )
            // MLflow has an expected list or object as its text.
            let text: JSON = ["serialization_format": "JSON_FORMAT", "value": #"{"city":["Paris"]}"#]
            #expect(made.json?["assessment"]?["expectation"] == ["serialized_value": text], "\(made.text)")
            let id = try #require(made.json?["assessment"]?["assessment_id"]?.stringValue)
            for (mask, message) in [
                (nil, "Missing value for required parameter 'update_mask'."),
                ("valid", "Invalid name 'valid' in 'update_mask'."),
                ("feedback", "Cannot update feedback value on an assessment that is of kind expectation."),
                ("assessment_name", "Missing value for required parameter 'assessment.assessment_name'."),
            ] as [(JSON?, String)] {
                let body: JSON = ["assessment": ["feedback": ["value": 1]], "update_mask": mask ?? .null]
                let answer = try await Self.send(client, .PATCH, Self.assessments + "/" + id, body)
                #expect(answer.status == 400 && answer.message?.hasPrefix(message) == true, "\(answer.text)")
            }
        }
    }
}

@Suite("A call on traces as MLflow 2 makes it", .timeLimit(.minutes(2)))
struct LegacyTraceCallTests {
    @Test("tells of its beginning and its end, and finds it")
    func whole() async throws {
        try await withServer { client in
            let begun = try await client.post(
                "traces",
                [
                    "experiment_id": "0", "timestamp_ms": 1000, "request_metadata": [["key": "m", "value": "1"]],
                    "tags": [["key": "t", "value": "1"]],
                ]
            )
            let id = try #require(begun.json?["trace_info"]?["request_id"]?.stringValue)
            let place = #"{"key":"mlflow.artifactLocation","value":"mlflow-artifacts:/0/traces/\#(id)/artifacts"}"#
            func text(_ duration: Int, _ status: String, _ more: String) -> String {
                #"{"trace_info":{"request_id":"\#(id)","experiment_id":"0","timestamp_ms":1000,"execution_time_ms":"#
                    + #"\#(duration),"status":"\#(status)","request_metadata":[{"key":"m","value":"1"}],"tags":["#
                    + place + more + #",{"key":"t","value":"1"}]}}"#
            }
            #expect(begun.text == text(0, "IN_PROGRESS", ""), "\(begun.text)")
            let end: JSON = ["timestamp_ms": 3000, "status": "OK", "tags": [["key": "s", "value": "2"]]]
            let ended = try await client.send(
                .PATCH,
                "/api/2.0/mlflow/traces/\(id)",
                headers: ["Content-Type": "application/json"],
                body: Array(end.text.utf8)
            )
            let whole = text(2000, "OK", #",{"key":"s","value":"2"}"#)
            #expect(ended.text == whole, "\(ended.text)")
            #expect(try await client.send(.GET, "/api/2.0/mlflow/traces/\(id)/info").text == whole)
            let query = "experiment_ids=0&filter=tags.s%20%3D%20%272%27&order_by=timestamp_ms"
            let found = try await client.send(.GET, "/api/2.0/mlflow/traces?" + query)
            #expect(
                found.json?["traces"]?.arrayValue == [ended.json?["trace_info"]].compactMap(\.self),
                "\(found.text)"
            )
            #expect(try await client.send(.GET, "/api/2.0/mlflow/traces?filter=x").status == 400)
            let again = try await client.send(.GET, "/api/3.0/mlflow/traces/\(id)")
            #expect(again.json?["trace"]?["trace_info"]?["execution_duration"] == "2s", "\(again.text)")
        }
    }

    @Test("fetches the spans that a client put among the artifacts")
    func spans() async throws {
        try await withServer { client in
            let begun = try await client.post("traces", ["experiment_id": "0", "timestamp_ms": 1])
            let id = try #require(begun.json?["trace_info"]?["request_id"]?.stringValue)
            let place = "/ajax-api/2.0/mlflow/get-trace-artifact"
            #expect(try await client.send(.GET, place + "?request_id=" + id).status == 404)
            let file = "/api/2.0/mlflow-artifacts/artifacts/0/traces/\(id)/artifacts/traces.json"
            #expect(try await client.send(.PUT, file, body: Array(#"{"spans":[]}"#.utf8)).status == 200)
            let fetched = try await client.send(.GET, place + "?request_id=" + id)
            #expect(fetched.status == 200 && fetched.text == #"{"spans":[]}"#, "\(fetched.text)")
            #expect(fetched.headers["Content-Disposition"] == ["attachment; filename=traces.json"])
            let attached = "/api/2.0/mlflow-artifacts/artifacts/0/traces/\(id)/artifacts/attachments/a.png"
            #expect(try await client.send(.PUT, attached, body: [1, 2]).status == 200)
            let attachment = try await client.send(.GET, place + "?request_id=\(id)&path=a.png")
            #expect(attachment.body == [1, 2])
            #expect(try await client.send(.GET, place + "?request_id=\(id)&path=../traces.json").status == 400)
            #expect(try await client.send(.GET, place + "?request_id=nobody").status == 404)
            #expect(try await client.send(.GET, place).status == 400)
        }
    }

    @Test("of 3.0 asks how two filters go together")
    func correlation() async throws {
        try await withServer { client in
            let begun = try await client.post("traces", ["experiment_id": "0", "timestamp_ms": 1])
            #expect(begun.status == 200)
            func asked(_ body: JSON) async throws -> Answer {
                try await client.send(
                    .POST,
                    "/api/3.0/mlflow/traces/calculate-filter-correlation",
                    headers: ["Content-Type": "application/json"],
                    body: Array(body.text.utf8)
                )
            }
            let first: JSON = "timestamp_ms = 1"
            let told = try await asked(
                ["experiment_ids": ["0"], "filter_string1": first, "filter_string2": "status = 'OK'"]
            )
            let text =
                #"{"npmi":"NaN","npmi_smoothed":"NaN","filter1_count":1,"filter2_count":0,"joint_count":0,"#
                + #""total_count":1}"#
            #expect(told.status == 200 && told.text == text, "\(told.text)")
            let missing = try await asked(["experiment_ids": ["0"], "filter_string1": first])
            #expect(missing.message?.hasPrefix("Missing value for required parameter 'filter_string2'.") == true)
        }
    }
}
