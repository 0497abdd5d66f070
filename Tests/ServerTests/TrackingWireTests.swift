import Kernel
import NIOHTTP1
import Testing

@Suite("On the wire", .timeLimit(.minutes(2)))
struct TrackingWireTests {
    @Test("a run has MLflow's fields in MLflow's order, and nothing that is empty")
    func run() async throws {
        try await withServer { client in
            let created = try await client.post(
                "runs/create",
                [
                    "experiment_id": "0", "run_name": "n", "user_id": "u", "start_time": 5,
                    "tags": [["key": "k", "value": "v"]],
                ]
            )
            let id = try #require(created.json?["run"]?["info"]?["run_id"]?.stringValue)
            let info =
                #"{"run_uuid":"\#(id)","experiment_id":"0","run_name":"n","user_id":"u","status":"RUNNING","start_time":5,"#
                + #""artifact_uri":"mlflow-artifacts:/0/\#(id)/artifacts","lifecycle_stage":"active","run_id":"\#(id)"}"#
            let tags = #""tags":[{"key":"k","value":"v"},{"key":"mlflow.runName","value":"n"}]"#
            #expect(created.text == #"{"run":{"info":\#(info),"data":{\#(tags)},"inputs":{}}}"#)
            let batch: JSON = [
                "run_id": .string(id), "metrics": [["key": "m", "value": 1, "timestamp": 2, "step": 3]],
                "params": [["key": "p", "value": "1"]],
            ]
            #expect(try await client.post("runs/log-batch", batch).text == "{}")
            let data =
                #"{"metrics":[{"key":"m","value":1.0,"timestamp":2,"step":3}],"params":[{"key":"p","value":"1"}],\#(tags)}"#
            #expect(
                try await client.get("runs/get?run_uuid=\(id)").text
                    == #"{"run":{"info":\#(info),"data":\#(data),"inputs":{}}}"#
            )
            let found = try await client.post("runs/search", ["experiment_ids": ["0"], "filter": "params.p = '1'"])
            #expect(found.text == #"{"runs":[{"info":\#(info),"data":\#(data),"inputs":{}}]}"#)
            #expect(try await client.post("runs/search", ["experiment_ids": []]).text == "{}")
        }
    }

    @Test("a run's status may come as a number; an unknown name changes nothing, an unknown number is refused")
    func status() async throws {
        try await withServer { client in
            let id = try await client.createRun()
            for (status, shown) in [
                ("FAILED", "FAILED"), (3, "FINISHED"), ("BOGUS", "FINISHED"), ("99", "FINISHED"),
                ("2", "SCHEDULED"),
            ] as [(JSON, JSON)] {
                let answer = try await client.post("runs/update", ["run_id": .string(id), "status": status])
                #expect(answer.status == 200 && answer.json?["run_info"]?["status"] == shown, "\(status.text)")
            }
            for status in [99, 0, -1, 6] as [JSON] {
                let change: JSON = ["run_id": .string(id), "status": status, "end_time": 7]
                let answer = try await client.post("runs/update", change)
                #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE")
                let hint =
                    "Invalid value \(status.text) for parameter 'status' supplied:  Hint: Value was of type 'int'."
                #expect(answer.message?.hasPrefix(hint) == true)
            }
            #expect(try await client.get("runs/get?run_id=\(id)").json?["run"]?["info"]?["status"] == "SCHEDULED")
        }
    }

    @Test("an experiment has MLflow's fields, and is found by both methods")
    func experiment() async throws {
        try await withServer { client in
            let created = try await client.post(
                "experiments/create",
                ["name": "x", "tags": [["key": "k", "value": "v"]]]
            )
            #expect(created.text == #"{"experiment_id":"1"}"#)
            let got = try #require(
                try await client.get("experiments/get-by-name?experiment_name=x").json?["experiment"]?.objectValue
            )
            #expect(
                got.members.map(\.name) == [
                    "experiment_id", "name", "artifact_location", "lifecycle_stage", "last_update_time",
                    "creation_time", "tags",
                    "workspace",
                ]
            )
            #expect(got["artifact_location"] == "mlflow-artifacts:/1" && got["workspace"] == "default")
            let posted = try await client.post("experiments/search", ["max_results": 1, "order_by": ["name DESC"]])
            #expect(posted.json?["experiments"]?.arrayValue?.first?["name"] == "x")
            let token = try #require(posted.json?["next_page_token"]?.stringValue)
            let queried = try await client.get(
                "experiments/search?max_results=5&order_by=name%20DESC&page_token=\(token)"
            )
            #expect(queried.json?["experiments"]?.arrayValue?.map { $0["name"] } == ["Default"])
            #expect(queried.json?["next_page_token"] == nil)
            let filtered = try await client.get(
                "experiments/search?max_results=5&filter=name+%3D+%27x%27&view_type=ALL"
            )
            #expect(filtered.json?["experiments"]?.arrayValue?.count == 1)
        }
    }

    @Test("refusals of searches and experiments have MLflow's codes, statuses and words")
    func experimentRefusals() async throws {
        try await withServer { client in
            try await expectRefusals(
                client,
                [
                    (
                        "experiments/search", [:], 400, "INVALID_PARAMETER_VALUE",
                        "Invalid value 0 for parameter 'max_results' supplied."
                    ),
                    (
                        "experiments/search", ["max_results": 50_001], 400, "INVALID_PARAMETER_VALUE",
                        "Invalid value 50001 for parameter"
                    ),
                    (
                        "experiments/create", ["name": "Default"], 400, "RESOURCE_ALREADY_EXISTS",
                        "Experiment(name=Default) already exists."
                    ),
                    (
                        "experiments/create", ["name": 12], 400, "INVALID_PARAMETER_VALUE",
                        "Invalid value 12 for parameter 'name' supplied:  Hint:"
                    ),
                    (
                        "experiments/delete", ["experiment_id": "77"], 404, "RESOURCE_DOES_NOT_EXIST",
                        "No Experiment with id=77 exists"
                    ),
                    (
                        "runs/search", ["experiment_ids": ["0"], "max_results": 0], 400, "INVALID_PARAMETER_VALUE",
                        "Invalid value 0 for"
                    ),
                    (
                        "runs/search", ["experiment_ids": ["abc"]], 400, "INVALID_PARAMETER_VALUE",
                        "Invalid experiment ID 'abc'."
                    ),
                    (
                        "runs/search", ["experiment_ids": ["0"], "page_token": "?"], 400, "INVALID_PARAMETER_VALUE",
                        "Invalid page token"
                    ),
                ]
            )
            let invalid = try await client.get("experiments/get?experiment_id=abc")
            #expect(invalid.message == "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.")
        }
    }

    @Test("refusals of what is logged have MLflow's codes, statuses and words")
    func loggingRefusals() async throws {
        try await withServer { client in
            let run = JSON.string(try await client.createRun())
            let missing = "Missing value for required parameter"
            try await expectRefusals(
                client,
                [
                    (
                        "runs/log-metric", ["run_id": run, "key": "m"], 400, "INVALID_PARAMETER_VALUE",
                        missing + " 'value'."
                    ),
                    (
                        "runs/log-metric", ["run_id": run, "key": "m", "value": 1], 400, "INVALID_PARAMETER_VALUE",
                        missing + " 'timestamp'."
                    ),
                    (
                        "runs/log-metric", ["key": "m", "value": 1], 400, "INVALID_PARAMETER_VALUE",
                        missing + " 'run_id'."
                    ),
                    (
                        "runs/log-metric", ["run_id": "nope", "key": "m", "value": 1, "timestamp": 1], 404,
                        "RESOURCE_DOES_NOT_EXIST", "Run with id=nope not found"
                    ),
                    (
                        "runs/log-batch", ["run_id": run, "metrics": [["key": "m", "value": 1]]], 400,
                        "INVALID_PARAMETER_VALUE",
                        missing + " 'metrics[0].timestamp'."
                    ),
                    (
                        "runs/log-batch", ["run_id": run, "params": [["value": "1"]]], 400, "INVALID_PARAMETER_VALUE",
                        missing + " 'params[0].key'."
                    ),
                    (
                        "runs/set-tag", ["run_id": run, "value": "1"], 400, "INVALID_PARAMETER_VALUE",
                        missing + " 'key'."
                    ),
                    ("logged-models", ["name": "x"], 400, "INVALID_PARAMETER_VALUE", missing + " 'experiment_id'."),
                ]
            )
        }
    }

    private func expectRefusals(_ client: TestClient, _ cases: [(String, JSON, Int, String, String)]) async throws {
        for (path, body, status, code, message) in cases {
            let answer = try await client.post(path, body)
            #expect(answer.status == status && answer.errorCode == code, "\(path) \(body.text)")
            #expect(answer.message?.hasPrefix(message) == true, "\(path) \(body.text): \(answer.message ?? "")")
        }
    }

    @Test("a metric's history is paged, sampled over runs, and empty where there is none")
    func history() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            let points = (0..<20).map {
                JSON.object(["key": "m", "value": .integer($0), "timestamp": .integer($0), "step": .integer($0)])
            }
            _ = try await client.post("runs/log-batch", ["run_id": .string(run), "metrics": .array(points)])
            let first = try await client.get("metrics/get-history?run_id=\(run)&metric_key=m&max_results=15")
            #expect(first.json?["metrics"]?.arrayValue?.count == 15)
            let token = try #require(first.json?["next_page_token"]?.stringValue)
            let rest = try await client.get(
                "metrics/get-history?run_id=\(run)&metric_key=m&max_results=15&page_token=\(token)"
            )
            #expect(rest.json?["metrics"]?.arrayValue?.count == 5 && rest.json?["next_page_token"] == nil)
            #expect(
                try await client.get("metrics/get-history?run_id=\(run)&metric_key=m").json?["metrics"]?.arrayValue?
                    .count == 20
            )
            #expect(try await client.get("metrics/get-history?run_id=\(run)&metric_key=none").text == "{}")
            #expect(try await client.get("metrics/get-history?run_id=none&metric_key=m").text == "{}")
            #expect(try await client.get("metrics/get-history?run_id=\(run)&metric_key=m&max_results=0").status == 400)
            let bulk = "metrics/get-history-bulk-interval?run_ids=\(run)&run_ids=none&metric_key=m"
            let sampled = try #require(try await client.get(bulk + "&max_results=5").json?["metrics"]?.arrayValue)
            #expect(sampled.count <= 6 && sampled.first?["step"] == 0 && sampled.last?["step"] == 19)
            #expect(sampled.first?["run_id"] == .string(run))
            let interval = try await client.get(bulk + "&start_step=3&end_step=4")
            #expect(interval.json?["metrics"]?.arrayValue?.map { $0["step"] } == [3, 4])
            for bad in ["&start_step=1", "&start_step=4&end_step=3", "&max_results=2501", "&max_results=0"] {
                #expect(try await client.get(bulk + bad).status == 400, "\(bad)")
            }
        }
    }

    @Test("a logged model has MLflow's fields from its creation to its end")
    func loggedModel() async throws {
        try await withServer { client in
            let created = try await client.post("logged-models", ["experiment_id": "0", "name": "tree"])
            let info = try #require(created.json?["model"]?["info"])
            let id = try #require(info["model_id"]?.stringValue)
            #expect(info["status"] == "LOGGED_MODEL_PENDING" && info["model_type"] == "")
            #expect(info["artifact_uri"] == .string("mlflow-artifacts:/0/models/\(id)/artifacts"))
            #expect(created.json?["model"]?["data"] == [:])
            let uri = "/api/2.0/mlflow/logged-models/\(id)"
            let ready = try await client.send(.PATCH, uri, body: Array(#"{"status":"LOGGED_MODEL_READY"}"#.utf8))
            #expect(ready.json?["model"]?["info"]?["status"] == "LOGGED_MODEL_READY")
            #expect(try await client.send(.PATCH, uri, body: Array(#"{"status":"BOGUS"}"#.utf8)).status == 400)
            let tags = #"{"tags":[{"key":"a/b c","value":"1"}]}"#
            #expect(try await client.send(.PATCH, uri + "/tags", body: Array(tags.utf8)).status == 200)
            #expect(try await client.send(.DELETE, uri + "/tags/a%2Fb%20c").text == "{}")
            #expect(try await client.send(.DELETE, uri + "/tags/a%2Fb%20c").status == 404)
            #expect(
                try await client.get("logged-models/\(id)/artifacts/directories").json?["root_uri"]?.stringValue != nil
            )
            #expect(
                try await client.post("logged-models/search", ["experiment_ids": ["0"]]).json?["models"]?.arrayValue?
                    .count == 1
            )
            #expect(try await client.send(.DELETE, uri).text == "{}")
            let gone = try await client.send(.GET, uri)
            #expect(gone.status == 404 && gone.message == "Logged model with ID '\(id)' not found.")
        }
    }
}
