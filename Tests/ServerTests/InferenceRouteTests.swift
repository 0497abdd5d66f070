import Kernel
import NIOHTTP1
import Testing

@Suite("The Open Inference Protocol over REST", .timeLimit(.minutes(2)))
struct InferenceRouteTests {
    @Test("tells errors as {\"error\": …} with the statuses of the protocol")
    func statuses() async throws {
        try await withServer { client in
            let infer = "/v2/models/nope/infer"
            let cases: [(HTTPMethod, String, HTTPHeaders, String?, Int)] = [
                (.GET, "/v2/models/nope", [:], nil, 404), (.GET, "/v2/models/nope/config", [:], nil, 404),
                (.GET, "/v2/models/nope/stats", [:], nil, 404), (.GET, "/v2/models/nope/ready", [:], nil, 400),
                (.GET, "/v2/models/nope/versions/1/ready", [:], nil, 400), (.POST, infer, [:], "{}", 404),
                (.GET, infer, [:], nil, 405), (.PUT, "/v2", [:], "{}", 405), (.DELETE, "/v2/logging", [:], nil, 405),
                (.GET, "/v2/repository/models/a%20b/load", [:], nil, 405), (.GET, "/v2/nowhere", [:], nil, 404),
                (.POST, infer, ["Content-Encoding": "br"], "{}", 400),
                (.POST, infer, ["Content-Encoding": "gzip"], "{}", 400),
                (.POST, infer, ["Inference-Header-Content-Length": "x"], "{}", 400),
                (.POST, "/v2/repository/index", [:], "{", 400), (.POST, "/v2/repository/index", [:], "[]", 400),
                (.POST, "/v2/repository/models/nope/load", [:], nil, 404),
                (.POST, "/v2/repository/models/nope/unload", [:], nil, 404),
                (.POST, "/v2/repository/models/nope/load", [:], #"{"parameters": {"config": "{}"}}"#, 501),
                (.POST, "/v2/repository/models/nope/load", [:], #"{"parameters": 1}"#, 400),
                (.POST, "/v2/logging", [:], #"{"log_info": false}"#, 501),
                (.POST, "/v2/logging", [:], #"{"log_sound": false}"#, 400),
                (.POST, "/v2/trace/setting", [:], "7", 400),
                (.GET, "/v2/models/nope/trace/setting", [:], nil, 404),
                (.GET, "/v2/systemsharedmemory/region/a/status", [:], nil, 404),
                (.POST, "/v2/cudasharedmemory/region/a/register", [:], "{}", 501),
            ]
            for (method, path, headers, body, status) in cases {
                let answer = try await client.send(method, path, headers: headers, body: body.map { Array($0.utf8) })
                #expect(answer.status == status, "\(method) \(path)")
                let error = answer.json?["error"]?.stringValue ?? ""
                #expect(!error.isEmpty && answer.json?.members.count == 1, "\(method) \(path): \(answer.text)")
            }
        }
    }

    @Test("has Triton's settings as they are when nobody has changed them")
    func settings() async throws {
        try await withServer { client in
            let trace = try await client.send(.GET, "/v2/trace/setting")
            #expect(
                trace.text
                    == #"{"trace_level":["OFF"],"trace_rate":"1000","trace_count":"-1","log_frequency":"0","trace_file":"","trace_mode":"triton"}"#
            )
            let log = try await client.send(.GET, "/v2/logging")
            #expect(
                log.text
                    == #"{"log_file":"","log_info":true,"log_warning":true,"log_error":true,"log_verbose_level":0,"log_format":"default"}"#
            )
            for (path, body, same) in [
                ("/v2/trace/setting", #"{"trace_level": ["OFF"], "trace_rate": null}"#, trace),
                ("/v2/trace/setting", "", trace), ("/v2/logging", #"{"log_info": true}"#, log),
            ] {
                let answer = try await client.send(.POST, path, body: Array(body.utf8))
                #expect(answer.status == 200 && answer.text == same.text, "\(body)")
            }
        }
    }

    @Test("shares no memory, and has nothing to give up")
    func memory() async throws {
        try await withServer { client in
            for kind in ["system", "cuda"] {
                let path = "/v2/\(kind)sharedmemory"
                #expect(try await client.send(.GET, path + "/status").text == "[]")
                #expect(try await client.send(.POST, path + "/unregister").status == 200)
                #expect(try await client.send(.POST, path + "/region/a/unregister").status == 200)
            }
            #expect(try await client.send(.GET, "/v2/models/stats").text == #"{"model_stats":[]}"#)
            // Right after a start what was deployed is still being loaded.
            while try await client.send(.GET, "/v2/health/ready").status != 200 {
                try await Task.sleep(for: .milliseconds(20))
            }
            for path in ["/v2/health/live", "/v2/health/ready"] {
                let answer = try await client.send(.GET, path)
                #expect(answer.status == 200 && answer.body.isEmpty)
            }
        }
    }
}
