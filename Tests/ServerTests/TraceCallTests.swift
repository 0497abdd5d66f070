import Kernel
import NIOHTTP1
import Testing

@testable import Server

@Suite("A call on traces", .timeLimit(.minutes(2)))
struct TraceCallTests {
    private static let traces = "/api/3.0/mlflow/traces"

    private static func info(_ id: String, _ more: (String, JSON)...) -> JSON {
        let location: JSON = ["type": "MLFLOW_EXPERIMENT", "mlflow_experiment": ["experiment_id": "0"]]
        let members: [(String, JSON)] = [
            ("trace_id", .string(id)), ("trace_location", location), ("request_time", "2026-01-31T12:00:00.25Z"),
        ]
        return ["trace": ["trace_info": .object(JSONObject(members + more))]]
    }

    private static func send(_ client: TestClient, _ method: HTTPMethod, _ path: String, _ body: JSON) async throws
        -> Answer
    {
        try await client.send(
            method,
            path,
            headers: ["Content-Type": "application/json"],
            body: Array(body.text.utf8)
        )
    }

    @Test("tells of a trace, and answers with what is kept of it")
    func put() async throws {
        try await withServer { client in
            let sent = Self.info(
                "tr-1",
                ("execution_duration", "1.5s"),
                ("state", "OK"),
                ("tags", ["mlflow.traceName": "ask"]),
                ("trace_metadata", ["k": "v"]),
                ("request_preview", "what?")
            )
            let answer = try await Self.send(client, .POST, Self.traces, sent)
            let text =
                #"{"trace":{"trace_info":{"trace_id":"tr-1","trace_location":{"type":"MLFLOW_EXPERIMENT","#
                + #""mlflow_experiment":{"experiment_id":"0"}},"request_preview":"what?","#
                + #""request_time":"2026-01-31T12:00:00.250Z","execution_duration":"1.500s","state":"OK","#
                + #""trace_metadata":{"k":"v"},"tags":{"#
                + #""mlflow.artifactLocation":"mlflow-artifacts:/0/traces/tr-1/artifacts","mlflow.traceName":"ask"}}}}"#
            #expect(answer.status == 200 && answer.text == text, "\(answer.text)")
            #expect(try await client.send(.GET, Self.traces + "/tr-1?trace_id=tr-1").text == text)
            let names: JSON = ["trace_ids": ["tr-1", "x"]]
            let several = try await Self.send(client, .POST, Self.traces + "/batchGetInfos", names)
            let kept = try #require(answer.json?["trace"]?["trace_info"])
            #expect(several.json?["trace_infos"] == .array([kept]))
        }
    }

    @Test("is understood in the spellings of other clients")
    func spellings() async throws {
        try await withServer { client in
            let location: JSON = ["mlflowExperiment": ["experimentId": "0"]]
            let info: JSON = [
                "traceId": "t", "traceLocation": location, "requestTime": "2026-01-31T13:00:00+01:00", "state": 2,
                "traceMetadata": ["someKey": "v"],
            ]
            let answer = try await Self.send(client, .POST, Self.traces, ["trace": ["traceInfo": info]])
            let kept = answer.json?["trace"]?["trace_info"]
            #expect(kept?["state"] == "ERROR" && kept?["request_time"] == "2026-01-31T12:00:00Z", "\(answer.text)")
            #expect(kept?["trace_metadata"] == ["someKey": "v"] && kept?["execution_duration"] == nil)
        }
    }

    @Test("is refused with what is wrong")
    func refusals() async throws {
        try await withServer { client in
            for (body, message) in [
                ([:], "Missing value for required parameter 'trace'."),
                (["trace": [:]], "Missing value for required parameter 'trace.trace_info'."),
                (
                    ["trace": ["trace_info": ["trace_id": "t"]]],
                    "Missing value for required parameter 'trace.trace_info.trace_location'."
                ),
                (Self.info("t", ("execution_duration", "1h")), "Invalid value '1h' for 'execution_duration'."),
                (Self.info("t", ("tags", ["a": 1])), "Invalid value {\"a\":1} for parameter 'trace.trace_info.tags'"),
                (Self.info("t", ("tags", ["a": "\u{0}"])), "Invalid value for parameter 'trace.trace_info.tags'"),
                (Self.info("../t"), "Invalid trace ID '../t'."),
            ] as [(JSON, String)] {
                let answer = try await Self.send(client, .POST, Self.traces, body)
                #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE", "\(body.text)")
                #expect(answer.message?.hasPrefix(message) == true, "\(answer.text)")
            }
            let large = Self.info("t", ("request_preview", .string(String(repeating: "x", count: 1 << 20))))
            #expect(try await Self.send(client, .POST, Self.traces, large).status == 413)
            let absent = try await client.send(.GET, Self.traces + "/tr-0")
            #expect(absent.status == 404 && absent.errorCode == "RESOURCE_DOES_NOT_EXIST")
            #expect(absent.message == "Trace with ID 'tr-0' not found.")
            // MLflow 2's own calls are others.
            let legacy = try await client.post("traces", Self.info("t"))
            #expect(legacy.message?.hasPrefix("Missing value for required parameter 'experiment_id'.") == true)
        }
    }

    @Test("searches, sets and deletes tags, links and deletes")
    func rest() async throws {
        try await withServer { client in
            for id in ["a", "b", "c"] {
                #expect(try await Self.send(client, .POST, Self.traces, Self.info(id, ("state", "OK"))).status == 200)
            }
            func found(_ search: JSONObject) async throws -> [String] {
                let places: JSON = [
                    ["type": "MLFLOW_EXPERIMENT", "mlflow_experiment": ["experiment_id": "0"]],
                    ["type": "UC_SCHEMA", "uc_schema": ["catalog_name": "c", "schema_name": "s"]],
                ]
                var search = search
                search["locations"] = places
                let answer = try await Self.send(client, .POST, Self.traces + "/search", .object(search))
                #expect(answer.status == 200, "\(answer.text)")
                return (answer.json?["traces"]?.arrayValue ?? []).compactMap { $0["trace_id"]?.stringValue }
            }
            #expect(try await found(["max_results": 2]) == ["a", "b"])
            for version in ["2.0", "3.0"] {
                let tags = "/api/\(version)/mlflow/traces/b/tags"
                #expect(try await Self.send(client, .PATCH, tags, ["key": "k", "value": "v"]).text == "{}")
                #expect(try await found(["filter": "tags.k = 'v'"]) == ["b"])
                #expect(try await Self.send(client, .DELETE, tags, ["key": "k"]).text == "{}")
                #expect(try await Self.send(client, .DELETE, tags, ["key": "k"]).status == 404)
            }
            let run = JSON.string(try await client.createRun())
            #expect(try await client.post("traces/link-to-run", ["run_id": run, "trace_ids": ["c"]]).text == "{}")
            #expect(try await found(["filter": .string("run_id = '\(run.stringValue ?? "")'")]) == ["c"])
            let deletion: JSON = ["experiment_id": "0", "request_ids": ["a", "x"]]
            #expect(try await client.post("traces/delete-traces", deletion).text == #"{"traces_deleted":1}"#)
            #expect(try await found(["order_by": ["request_id DESC"]]) == ["c", "b"])
            let none = try await Self.send(client, .POST, Self.traces + "/search", [:])
            #expect(none.message?.hasPrefix("Missing value for required parameter 'locations'.") == true)
        }
    }

    @Test("at OpenTelemetry's address is answered, and says that nothing is kept of it")
    func spans() async throws {
        try await withServer { client in
            let body = [UInt8](repeating: 1, count: 300_000)
            let answer = try await client.send(
                .POST,
                "/v1/traces",
                headers: ["Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": "0"],
                body: body
            )
            #expect(answer.status == 200 && answer.headers["Content-Type"] == ["application/x-protobuf"])
            // A message of 83 bytes in field 2 of field 1.
            #expect(answer.body.prefix(4) == [0x0A, 85, 0x12, 83] && answer.body.count == 87)
            #expect(answer.text.hasSuffix("keeps the spans that an MLflow client uploads with its trace."))
            let json = try await Self.send(client, .POST, "/v1/traces", ["resourceSpans": []])
            #expect(json.json?["partialSuccess"]?["errorMessage"]?.stringValue?.hasPrefix("Not kept:") == true)
            let plain = try await client.send(.POST, "/v1/traces", headers: ["Content-Type": "text/plain"], body: body)
            #expect(plain.status == 400)
            let huge = try await client.send(
                .POST,
                "/v1/traces",
                headers: ["Content-Type": "application/x-protobuf"],
                body: [UInt8](repeating: 0, count: 1024),
                announcing: 1 << 30
            )
            #expect(huge.status == 413)
        }
    }

    @Test("at OpenTelemetry's address needs the token that all others need")
    func authentication() async throws {
        try await withServer(users: ["ada"], host: "0.0.0.0") { client, secrets in
            let type = ("Content-Type", "application/x-protobuf")
            let nobody = try await client.send(.POST, "/v1/traces", headers: HTTPHeaders([type]), body: [])
            #expect(nobody.status == 401)
            let secret = try #require(secrets["ada"])
            let ada = HTTPHeaders([type, ("Authorization", "Bearer \(secret)")])
            #expect(try await client.send(.POST, "/v1/traces", headers: ada, body: []).status == 200)
        }
    }
}

@Suite("Protobuf's time")
struct ProtobufTimeTests {
    @Test(
        "is a moment in UTC or with an offset",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
            ("2026-01-31T12:00:00.25Z", 1_769_860_800_250), ("2024-02-29T23:59:59.999999999Z", 1_709_251_199_999),
            ("2000-03-01T00:00:00Z", 951_868_800_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000), ("2026-01-31T12:00:00+02:30", 1_769_851_800_000),
            ("2026-01-31T12:00:00-01:00", 1_769_864_400_000),
        ] as [(String, Int64)]
    )
    func moments(text: String, milliseconds: Int64) {
        #expect(ProtobufTime.timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(
        "is no other text",
        arguments: [
            "", "Z", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z", "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-31T24:00:00Z",
            "2026-01-31T12:60:00Z", "2026-01-31T12:00:60Z", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00.1234567890Z",
            "2026-01-31T12:00:00.1.2Z", "2026-01-31T12:00:00+1:00", "2026-01-31T12:00:00+01:60", "0000-01-01T00:00:00Z",
            "2026-01-31T12:00:00ZZ", "٢٠٢٦-01-31T12:00:00Z", "1769860800",
        ]
    )
    func noMoments(text: String) {
        #expect(ProtobufTime.timestamp(text) == nil)
    }

    @Test(
        "is written without a fraction of zero",
        arguments: [0, 1, -1, 250, 1000, 1_769_860_800_250, -2_208_988_800_000] as [Int64]
    )
    func written(milliseconds: Int64) {
        let text = ProtobufTime.text(Timestamp(milliseconds: milliseconds))
        #expect(ProtobufTime.timestamp(text)?.milliseconds == milliseconds, "\(text)")
        #expect(text.contains(".") == (milliseconds % 1000 != 0) && text.hasSuffix("Z"), "\(text)")
    }

    @Test(
        "is a span too",
        arguments: [
            ("0s", 0, "0s"), ("1.5s", 1500, "1.500s"), ("0.0019s", 1, "0.001s"), ("-1.25s", -1250, "-1.250s"),
            ("315576000000s", 315_576_000_000_000, "315576000000s"),
        ] as [(String, Int64, String)]
    )
    func spans(text: String, milliseconds: Int64, written: String) {
        #expect(ProtobufTime.milliseconds(text) == milliseconds)
        #expect(ProtobufTime.text(milliseconds: milliseconds) == written)
    }

    @Test("is no other span", arguments: ["", "s", "1", ".5s", "1.s", "--1s", "1e3s", "1 s", "315576000001s", "+1s"])
    func noSpans(text: String) {
        #expect(ProtobufTime.milliseconds(text) == nil)
    }
}
