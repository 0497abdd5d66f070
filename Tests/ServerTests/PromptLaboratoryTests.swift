import Glibc
import Kernel
import NIOHTTP1
import Server
import TestSupport
import Testing

@Suite("A prompt that was tried", .timeLimit(.minutes(2)))
struct PromptLaboratoryTests {
    private static let trial: JSONObject = [
        "experiment_id": "0", "run_name": "hello", "prompt_template": "Say {{ greeting }}:\n\"now\"",
        "prompt_parameters": [["key": "greeting", "value": "hé\u{85}"]], "model_route": "chat",
        "model_parameters": [["key": "temperature", "value": 0.1]], "model_input": "Say hé", "model_output": "Hé!",
        "model_output_parameters": [["key": "latency", "value": "100"]], "mlflow_version": "3.18.0",
        "user_id": "ada", "start_time": 456, "tags": [["key": "mine", "value": "yes"]],
    ]

    private func keep(_ client: TestClient, _ trial: JSONObject) async throws -> Answer {
        try await client.send(
            .POST,
            "/ajax-api/2.0/mlflow/runs/create-promptlab-run",
            headers: ["Content-Type": "application/json"],
            body: Array(JSON.object(trial).text.utf8)
        )
    }

    @Test("is a finished run with its settings, its table and its model")
    func kept() async throws {
        try await withServer { client in
            let run = try #require(try await keep(client, Self.trial).json?["run"])
            let info = try #require(run["info"])
            #expect(info["status"] == "FINISHED" && info["run_name"] == "hello" && info["start_time"] == 456)
            #expect(info["user_id"] == "ada" && (info["end_time"]?.integerValue ?? 0) > 456)
            #expect(
                run["data"]?["params"] == [
                    ["key": "model_route", "value": "chat"],
                    ["key": "prompt_template", "value": "Say {{ greeting }}:\n\"now\""],
                    ["key": "temperature", "value": "0.1"],
                ]
            )
            let tags = try #require(run["data"]?["tags"]?.arrayValue)
            let table: JSON = [
                "key": "mlflow.loggedArtifacts", "value": #"[{"path": "eval_results_table.json", "type": "table"}]"#,
            ]
            #expect(tags.contains(table) && tags.contains(["key": "mine", "value": "yes"]))
            #expect(tags.contains(["key": "mlflow.runSourceType", "value": "PROMPT_ENGINEERING"]))
            #expect(tags.contains { $0["key"] == "mlflow.log-model.history" })

            let id = try #require(info["run_id"]?.stringValue)
            func file(_ path: String) async throws -> String {
                try await client.send(.GET, "/get-artifact?run_id=\(id)&path=\(path)").text
            }
            #expect(
                try await file("eval_results_table.json")
                    == #"{"columns":["greeting","prompt","output","latency"],"data":[["hé\#u{85}","Say hé","Hé!","100"]]}"#
            )
            #expect(
                try await file("model/parameters.yaml") == #"""
                    model_parameters:
                      "temperature": "0.1"
                    model_route: "chat"
                    prompt_parameters:
                      "greeting": "hé\u0085"
                    prompt_template: "Say {{ greeting }}:\n\"now\""

                    """#
            )
            let names = try await client.get("artifacts/list?run_id=\(id)&path=model").json?["files"]?.arrayValue
            #expect(
                names?.compactMap { $0["path"]?.stringValue }.sorted() == [
                    "model/MLmodel", "model/conda.yaml", "model/input_example.json", "model/parameters.yaml",
                    "model/python_env.yaml", "model/requirements.txt", "model/serving_input_example.json",
                ]
            )
            // The model is one that can be registered.
            _ = try await client.post("registered-models/create", ["name": "m"])
            let version: JSON = ["name": "m", "source": .string("runs:/\(id)/model"), "run_id": .string(id)]
            #expect(try await client.post("model-versions/create", version).status == 200)
        }
    }

    @Test("needs what MLflow's page sends")
    func missing() async throws {
        try await withServer { client in
            for name in [
                "experiment_id", "prompt_template", "prompt_parameters", "model_route", "model_input", "mlflow_version",
            ] {
                var trial = Self.trial
                trial[name] = nil
                let answer = try await keep(client, trial)
                #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE")
                #expect(answer.message == "CreatePromptlabRun request must specify \(name).")
            }
            var trial = Self.trial
            trial["experiment_id"] = "99"
            #expect(try await keep(client, trial).status == 404)
        }
    }

    @Test("that breaks a rule is a failed run, and the rule is named")
    func failed() async throws {
        try await withServer { client in
            var trial = Self.trial
            trial["model_parameters"] = [["key": "../up", "value": "1"]]
            let answer = try await keep(client, trial)
            #expect(answer.status == 400 && answer.message?.contains("../up") == true)
            let runs = try await client.post("runs/search", ["experiment_ids": ["0"]]).json?["runs"]?.arrayValue
            #expect(runs?.map { $0["info"]?["status"] } == ["FAILED"])
        }
    }

    @Test("is not taken where clients keep the artifacts themselves, and leaves no run")
    func elsewhere() async throws {
        try await withTemporaryFolder { folder in
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder + "/data"
            configuration.defaultArtifactRoot = "s3://bucket/runs"
            try await withServer(configuration) { client in
                let answer = try await keep(client, Self.trial)
                #expect(answer.status == 400 && answer.message?.contains("are not kept by this server") == true)
                #expect(try await client.post("runs/search", ["experiment_ids": ["0"]]).text == "{}")
            }
        }
    }

    @Test("is kept in a folder of the machine where that is the root of artifacts")
    func folder() async throws {
        try await withTemporaryFolder { folder in
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder + "/data"
            configuration.defaultArtifactRoot = "file://\(folder)/root"
            mkdir(folder + "/root", 0o755)
            try await withServer(configuration) { client in
                let run = try await keep(client, Self.trial).json?["run"]
                let id = try #require(run?["info"]?["run_id"]?.stringValue)
                let file = try await client.send(.GET, "/get-artifact?run_id=\(id)&path=model/MLmodel")
                #expect(file.status == 200 && file.text.contains("run_id: \(id)\n"))
            }
        }
    }
}
