import Kernel
import NIOHTTP1
import Testing

@Suite("A call of MLflow's", .timeLimit(.minutes(2)))
struct TrackingCallTests {
    @Test("names the run's id before what follows it, when both are of a wrong type")
    func order() async throws {
        try await withServer { client in
            let run = JSON.string(try await client.createRun())
            for (path, body, message) in [
                ("runs/log-parameter", ["run_id": 31, "key": 1], "Invalid value 31 for parameter 'run_id'"),
                ("runs/log-parameter", ["run_id": run, "key": 32], "Invalid value 32 for parameter 'key'"),
                ("runs/set-tag", ["run_id": 31, "key": 1], "Invalid value 31 for parameter 'run_id'"),
                ("runs/set-tag", ["run_id": run, "key": "k", "value": 41], "Invalid value 41 for parameter 'value'"),
            ] as [(String, JSON, String)] {
                let answer = try await client.post(path, body)
                #expect(answer.status == 400 && answer.message?.hasPrefix(message) == true, "\(answer.text)")
            }
        }
    }

    @Test("reads a metric of several runs, whole up to a bound, by run and time")
    func histories() async throws {
        try await withServer { client in
            let runs = [try await client.createRun(), try await client.createRun()].sorted()
            for run in runs {
                for time in [3, 1, 2] as [Int64] {
                    let metric: JSON = [
                        "run_id": .string(run), "key": "m", "value": .integer(time), "timestamp": .integer(time),
                    ]
                    #expect(try await client.post("runs/log-metric", metric).status == 200)
                }
            }
            let uri = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
            let query = "?run_id=\(runs[1])&run_id=\(runs[0])&run_id=none&metric_key=m"
            let all = try await client.send(.GET, uri + query)
            let points = try #require(all.json?["metrics"]?.arrayValue)
            #expect(
                points.map { $0["run_id"] }
                    == [runs[0], runs[0], runs[0], runs[1], runs[1], runs[1]].map { .string($0) }
            )
            #expect(points.map { $0["timestamp"] } == [1, 2, 3, 1, 2, 3])
            let some = try await client.send(.GET, uri + query + "&max_results=4")
            #expect(some.json?["metrics"]?.arrayValue == Array(points.prefix(4)))
            let many = (0..<101).map { "run_id=\($0)" }.joined(separator: "&")
            for (query, message) in [
                ("?metric_key=m", "must specify at least one run_id"), ("?run_id=1", "must specify a metric_key"),
                ("?metric_key=m&\(many)", "cannot specify more than 100 run_ids"),
            ] {
                let answer = try await client.send(.GET, uri + query)
                #expect(answer.status == 400 && answer.message?.contains(message) == true, "\(query)")
            }
            let sampled = try await client.get("metrics/get-history-bulk-interval?run_ids=1&metric_key=m&max_results=0")
            #expect(sampled.message?.hasPrefix("max_results must be between 1 and 2500.") == true)
        }
    }

    @Test("lists the datasets of experiments")
    func datasets() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            let dataset: JSON = ["name": "n", "digest": "d", "source_type": "t", "source": "s"]
            let input: JSON = ["tags": [["key": "mlflow.data.context", "value": "training"]], "dataset": dataset]
            #expect(
                try await client.post("runs/log-inputs", ["run_id": .string(run), "datasets": [input]]).status == 200
            )
            let found = try await client.post("experiments/search-datasets", ["experiment_ids": ["0"]])
            #expect(
                found.text
                    == #"{"dataset_summaries":[{"experiment_id":"0","name":"n","digest":"d","context":"training"}]}"#
            )
            let none = try await client.post("experiments/search-datasets", [:])
            #expect(none.message == "SearchDatasets request must specify at least one experiment_id.")
            let many: JSON = ["experiment_ids": .array((0..<21).map { .string("id_\($0)") })]
            let tooMany = try await client.post("experiments/search-datasets", many)
            #expect(tooMany.message?.hasPrefix("SearchDatasets request cannot specify more than 20") == true)
        }
    }

    @Test("searches logged models by metrics and datasets, in an order")
    func loggedModels() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            for (name, value) in [("a", 1), ("b", 2)] as [(String, JSON)] {
                let made = try await client.post("logged-models", ["experiment_id": "0", "name": .string(name)])
                let id = try #require(made.json?["model"]?["info"]?["model_id"])
                let metric: JSON = [
                    "run_id": .string(run), "key": "m", "value": value, "timestamp": 1, "model_id": id,
                    "dataset_name": "set", "dataset_digest": .string(name),
                ]
                #expect(try await client.post("runs/log-metric", metric).status == 200)
            }
            for (name, value, found) in [
                ("filter", "metrics.m > 1", ["b"]), ("order_by", [["field_name": "metrics.m"]], ["a", "b"]),
                ("order_by", [["field_name": "name", "ascending": false]], ["b", "a"]),
                ("datasets", [["dataset_name": "set", "dataset_digest": "a"]], ["a"]),
            ] as [(String, JSON, [JSON])] {
                let search = JSON.object(JSONObject([("experiment_ids", ["0"]), (name, value)]))
                let answer = try await client.post("logged-models/search", search)
                #expect(answer.json?["models"]?.arrayValue?.map { $0["info"]?["name"] } == found, "\(value.text)")
            }
            let nameless = try await client.post(
                "logged-models/search",
                ["experiment_ids": ["0"], "datasets": [["dataset_digest": "a"]]]
            )
            #expect(nameless.message == "`dataset_name` in the `datasets` clause must be specified.")
        }
    }

    @Test("keeps an old client's model in a tag of its run")
    func logModel() async throws {
        try await withServer { client in
            let run = JSON.string(try await client.createRun())
            let model: JSON = ["artifact_path": "m", "flavors": [:], "utc_time_created": "t", "run_id": run]
            let sent = try await client.post("runs/log-model", ["run_id": run, "model_json": .string(model.text)])
            #expect(sent.status == 200 && sent.text == "{}")
            let refused = try await client.post("runs/log-model", ["run_id": run, "model_json": "{}"])
            #expect(refused.message?.hasPrefix("Model json is missing mandatory fields") == true)
        }
    }
}
