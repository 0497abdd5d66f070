import Kernel
import NIOHTTP1
import Testing

@Suite("Over GraphQL", .timeLimit(.minutes(2)))
struct GraphQLWireTests {
    private func ask(_ client: TestClient, _ query: String, variables: JSON = nil) async throws -> JSONObject {
        let body: JSON = ["query": .string(query), "variables": variables]
        let answer = try await client.send(
            .POST,
            "/graphql",
            headers: ["Content-Type": "application/json; charset=utf-8"],
            body: Array(body.text.utf8)
        )
        #expect(answer.status == 200)
        let members = try #require(answer.json)
        #expect(members.members.map(\.name) == ["data", "errors"])
        return members
    }

    /// What `query` finds, where nothing is wrong with it.
    private func data(_ client: TestClient, _ query: String, variables: JSON = nil) async throws -> JSON {
        let answer = try await ask(client, query, variables: variables)
        #expect(answer["errors"] == .null)
        return answer["data"] ?? .null
    }

    @Test("a query says what it is given, by POST and GET")
    func echo() async throws {
        try await withServer { client in
            let query = "query T($s: String) { test(inputString: $s) { output __typename } }"
            let said = try await data(client, query, variables: ["s": "abc"])
            #expect(said == ["test": ["output": "abc", "__typename": "Test"]])
            let uri = "/graphql?query=%7Btest(inputString:%22a+b%22)%7Boutput%7D%7D&variables=%7B%7D&operationName="
            let got = try await client.send(.GET, uri)
            #expect(got.text == #"{"data":{"test":{"output":"a b"}},"errors":null}"#)
            let mutation = try await data(client, #"mutation { testMutation(inputString: "a") { output } }"#)
            #expect(mutation == ["testMutation": nil])
        }
    }

    @Test("a run has its experiment, its versions, and numbers that JavaScript can read")
    func run() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            for (key, value) in [("loss", 0.5), ("none", "NaN"), ("big", "Infinity")] as [(String, JSON)] {
                let point: JSON = [
                    "run_id": .string(run), "key": .string(key), "value": value, "timestamp": 1, "step": 2,
                ]
                #expect(try await client.post("runs/log-metric", point).status == 200)
            }
            _ = try await client.post("registered-models/create", ["name": "m"])
            let file = "/api/2.0/mlflow-artifacts/artifacts/0/\(run)/artifacts/model/MLmodel"
            #expect(try await client.send(.PUT, file, body: Array("flavors: {}".utf8)).status == 200)
            let version: JSON = ["name": "m", "source": .string("runs:/\(run)/model"), "run_id": .string(run)]
            #expect(try await client.post("model-versions/create", version).status == 200)
            let query = """
                query R($input: MlflowGetRunInput!) @component(name: "Page") { mlflowGetRun(input: $input) {
                  apiError { code }
                  run {
                    info { status endTime runId lifecycleStage }
                    data { metrics { key value timestamp step } params { key } }
                    inputs { datasetInputs { dataset { name } } }
                    experiment { experimentId name tags { key } }
                    modelVersions { name version status deploymentJobState { jobState jobId } aliases }
                  }
                } }
                """
            let answer = try await data(client, query, variables: ["input": ["runId": .string(run)]])["mlflowGetRun"]
            #expect(answer?["apiError"] == .null)
            let found = answer?["run"]
            #expect(
                found?["info"]
                    == ["status": "RUNNING", "endTime": "0", "runId": .string(run), "lifecycleStage": "active"]
            )
            let big = Double.greatestFiniteMagnitude
            #expect(
                found?["data"]?["metrics"] == [
                    ["key": "big", "value": .number(big), "timestamp": "1", "step": "2"],
                    ["key": "loss", "value": 0.5, "timestamp": "1", "step": "2"],
                    ["key": "none", "value": nil, "timestamp": "1", "step": "2"],
                ]
            )
            #expect(found?["data"]?["params"] == [] && found?["inputs"] == ["datasetInputs": []])
            #expect(found?["experiment"] == ["experimentId": "0", "name": "Default", "tags": []])
            let state: JSON = ["jobState": "DEPLOYMENT_JOB_CONNECTION_STATE_UNSPECIFIED", "jobId": ""]
            #expect(
                found?["modelVersions"] == [
                    ["name": "m", "version": "1", "status": "READY", "deploymentJobState": state, "aliases": []]
                ]
            )
        }
    }

    @Test("runs and metrics are found")
    func searches() async throws {
        try await withServer { client in
            let (first, second) = (try await client.createRun(), try await client.createRun())
            for step in 0..<3 {
                let point: JSON = [
                    "run_id": .string(first), "key": "m", "value": .integer(Int64(step)), "timestamp": 1,
                    "step": .integer(Int64(step)),
                ]
                _ = try await client.post("runs/log-metric", point)
            }
            let runs = """
                mutation { mlflowSearchRuns(input: {experimentIds: ["0"], orderBy: ["start_time DESC"], maxResults: 1}) {
                  runs { info { runId } experiment { name } modelVersions { name } } nextPageToken } }
                """
            let page = try await data(client, runs)["mlflowSearchRuns"]
            #expect(page?["runs"]?.arrayValue?.first?["experiment"] == ["name": "Default"])
            #expect(page?["runs"]?.arrayValue?.first?["modelVersions"] == [])
            #expect(page?["nextPageToken"]?.stringValue?.isEmpty == false)
            let both = try await data(
                client,
                #"{ mlflowSearchRuns(input: {experimentIds: ["0"]}) { runs { info { runId } } } }"#
            )
            #expect(both["mlflowSearchRuns"]?["runs"]?.arrayValue?.count == 2)

            let history = """
                { mlflowGetMetricHistoryBulkInterval(input: {runIds: ["\(first)", "\(second)"], metricKey: "m", startStep: 1,
                  endStep: 2}) { metrics { key value step runId } } }
                """
            #expect(
                try await data(client, history)["mlflowGetMetricHistoryBulkInterval"]?["metrics"]?.arrayValue?.map {
                    $0["step"]
                }
                    == ["1", "2"]
            )
        }
    }

    @Test("artifacts, data sets and versions are found")
    func furtherSearches() async throws {
        try await withServer { client in
            let first = try await client.createRun()
            let file = "/api/2.0/mlflow-artifacts/artifacts/0/\(first)/artifacts/dir/a.txt"
            #expect(try await client.send(.PUT, file, body: [1, 2, 3]).status == 200)
            let dataset: JSON = ["name": "rows", "digest": "1", "source_type": "code", "source": "x"]
            _ = try await client.post(
                "runs/log-inputs",
                ["run_id": .string(first), "datasets": [["tags": [], "dataset": dataset]]]
            )

            let artifacts = """
                { root: mlflowListArtifacts(input: {runId: "\(first)"}) { files { path isDir fileSize } }
                  mlflowListArtifacts(input: {runId: "\(first)", path: "dir"}) { rootUri files { path isDir fileSize } } }
                """
            let listed = try await data(client, artifacts)
            #expect(listed["root"]?["files"] == [["path": "dir", "isDir": true, "fileSize": "0"]])
            #expect(
                listed["mlflowListArtifacts"]?["files"] == [["path": "dir/a.txt", "isDir": false, "fileSize": "3"]]
            )
            let datasets =
                #"mutation { mlflowSearchDatasets(input: {experimentIds: "0"}) { datasetSummaries { name context } } }"#
            #expect(
                try await data(client, datasets)["mlflowSearchDatasets"]
                    == ["datasetSummaries": [["name": "rows", "context": ""]]]
            )
            let versions =
                #"{ mlflowSearchModelVersions(input: {filter: "name = 'none'"}) { modelVersions { name } } }"#
            #expect(try await data(client, versions) == ["mlflowSearchModelVersions": ["modelVersions": []]])
        }
    }

    @Test("what can't be answered is null, with the reason beside what can")
    func errors() async throws {
        try await withServer { client in
            let query = """
                { gone: mlflowGetRun(input: {runId: "none"}) { run { info { runId } } }
                  bare: mlflowGetExperiment { experiment { name } }
                  there: mlflowGetExperiment(input: {experimentId: "0"}) { experiment { name } } }
                """
            let answer = try await ask(client, query)
            #expect(answer["data"] == ["gone": nil, "bare": nil, "there": ["experiment": ["name": "Default"]]])
            #expect(
                answer["errors"] == [
                    "Run with id=none not found", "Argument 'input' of field 'mlflowGetExperiment' is required.",
                ]
            )
            let wrong = try await ask(client, "{ nope }")
            #expect(wrong["data"] == .null)
            #expect(wrong["errors"] == ["Cannot query field 'nope' on type 'Query'."])
            for body in [#"{"query": 1}"#, "{}", "[]", "{", #"{"query": "{ a }", "variables": 1}"#] {
                let headers: HTTPHeaders = ["Content-Type": "application/json"]
                let refused = try await client.send(.POST, "/graphql", headers: headers, body: Array(body.utf8))
                #expect(refused.status == 400 && refused.errorCode != nil, "\(body)")
            }
            let plain = try await client.send(.POST, "/graphql", headers: ["Content-Type": "text/plain"], body: [1])
            #expect(plain.status == 400)
            let large = [UInt8](repeating: 0x20, count: (1 << 20) + 1)
            let headers: HTTPHeaders = ["Content-Type": "application/json"]
            #expect(try await client.send(.POST, "/graphql", headers: headers, body: large).status == 413)
        }
    }

    @Test("a caller without a token is refused where there must be one")
    func authentication() async throws {
        try await withServer(users: ["ada"], host: "0.0.0.0") { client, secrets in
            let uri = "/graphql?query=%7Btest(inputString:%22a%22)%7Boutput%7D%7D"
            #expect(try await client.send(.GET, uri).status == 401)
            let secret = try #require(secrets["ada"])
            let headers: HTTPHeaders = ["Host": "127.0.0.1:\(client.port)", "Authorization": "Bearer \(secret)"]
            #expect(try await client.send(.GET, uri, headers: headers).status == 200)
        }
    }
}
