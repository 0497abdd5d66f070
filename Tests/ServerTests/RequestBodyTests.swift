import Kernel
import NIOHTTP1
import Testing

@Suite("A request's body", .timeLimit(.minutes(2)))
struct RequestBodyTests {
    private let create = "/api/2.0/mlflow/experiments/create"

    @Test("must be called JSON on POST, and is not looked at otherwise")
    func contentType() async throws {
        try await withServer { client in
            let body = Array(#"{"name":"x"}"#.utf8)
            let missing = try await client.send(.POST, create, body: body)
            #expect(missing.status == 400 && missing.errorCode == "BAD_REQUEST")
            #expect(missing.message == "Bad Request. Content-Type header is missing.")
            for type in ["text/plain", "application/xml", "application/jsonx", "application/x-www-form-urlencoded", ""]
            {
                let wrong = try await client.send(.POST, create, headers: ["Content-Type": type], body: body)
                #expect(wrong.status == 400, "\(type)")
                #expect(wrong.message == "Bad Request. Content-Type must be one of ['application/json'].", "\(type)")
            }
            for (index, type) in [
                "application/json", "application/json; charset=utf-8", "Application/JSON ;charset=utf-8",
            ].enumerated() {
                let body = Array(#"{"name":"x\#(index)"}"#.utf8)
                let right = try await client.send(.POST, create, headers: ["Content-Type": type], body: body)
                #expect(right.status == 200, "\(type)")
            }
        }
    }

    @Test(
        "that is not JSON counts as empty; then what is required speaks",
        arguments: ["", "{", "nonsense", "[1]", "12", "\"x\"", "\u{FEFF}{}"]
    )
    func notJSON(body: String) async throws {
        try await withServer { client in
            let answer = try await client.send(
                .POST,
                create,
                headers: ["Content-Type": "application/json"],
                body: Array(body.utf8)
            )
            #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE")
            #expect(answer.message?.hasPrefix("Missing value for required parameter 'name'.") == true)
        }
    }

    @Test("encoded twice is read, and one on GET, as old clients send them")
    func oldClients() async throws {
        try await withServer { client in
            let twice = JSON.string(#"{"name": "twice"}"#).text
            let json: HTTPHeaders = ["Content-Type": "application/json"]
            let created = try await client.send(.POST, create, headers: json, body: Array(twice.utf8))
            #expect(created.json?["experiment_id"] == "1")
            let uri = "/api/2.0/mlflow/experiments/get"
            let got = try await client.send(.GET, uri, body: Array(#"{"experiment_id": "1"}"#.utf8))
            #expect(got.json?["experiment"]?["name"] == "twice")
        }
    }

    @Test("may hold Python's NaN and Infinity, fields of either spelling, unknown ones, and nulls")
    func lenient() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            for (value, shown) in [
                ("NaN", JSON.string("NaN")), ("\"NaN\"", "NaN"), ("Infinity", .number(.greatestFiniteMagnitude)),
                ("\"-Infinity\"", .number(-.greatestFiniteMagnitude)), ("\"2.5\"", 2.5), ("3", 3.0),
            ] {
                let text = #"{"runUuid":"\#(run)","key":"m","value":\#(value),"timestamp":"5","step":null,"more":[1]}"#
                let logged = try await client.send(
                    .POST,
                    "/ajax-api/2.0/mlflow/runs/log-metric",
                    headers: ["Content-Type": "application/json"],
                    body: Array(text.replacing("\"m\"", with: "\"m\(value.utf8.count)\(shown.kind)\"").utf8)
                )
                #expect(logged.status == 200 && logged.text == "{}", "\(value)")
                let key = "m\(value.utf8.count)\(shown.kind)"
                let history = try await client.get("metrics/get-history?run_id=\(run)&metric_key=\(key)")
                let point = try #require(history.json?["metrics"]?.arrayValue?.first)
                #expect(point["value"] == shown, "\(value)")
                #expect(point["timestamp"] == 5 && point["step"] == 0)
            }
        }
    }

    @Test("of 64 MiB and one byte is refused, announced or not")
    func tooLarge() async throws {
        try await withServer { client in
            let json: HTTPHeaders = ["Content-Type": "application/json"]
            let announced = try await client.send(.POST, create, headers: json, announcing: (64 << 20) + 1)
            #expect(announced.status == 413 && announced.errorCode == "BAD_REQUEST")
            #expect(announced.message == "The body is larger than 67108864 bytes.")
            let body = [UInt8](repeating: 0x20, count: (64 << 20) + 1)
            let chunked = try await client.send(.POST, create, headers: json, body: body, isChunked: true)
            #expect(chunked.status == 413)
            // The next one is served as if nothing had been.
            #expect(try await client.get("experiments/get?experiment_id=0").status == 200)
        }
    }

    @Test("with what no database keeps is the caller's fault, not the server's")
    func nul() async throws {
        try await withServer { client in
            let answer = try await client.post("experiments/create", ["name": "a\u{0}b"])
            #expect(answer.status == 400)
            for path in ["runs/get?run_id=%00", "experiments/get-by-name?experiment_name=a%00", "logged-models/m-%00"] {
                let answer = try await client.get(path)
                #expect((400..<500).contains(answer.status), "\(path)")
            }
        }
    }
}
