import Kernel
import Ledger
import Registry
import TestSupport
import Testing
import Tracking

@Suite("A version's source")
struct SourceTests {
    @Test("is free with other storage", arguments: ["s3://bucket/a", "gs://b/c", "dbfs:/a/b", "hdfs://host:1/a"])
    func otherStorage(source: String) async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m")
            let version = try await world.makeVersion("m", source: source)
            #expect(version.source == source && version.storageLocation == source)
        }
    }

    @Test(
        "is refused when it has relative parts, however they are written",
        arguments: [
            "s3://b/../c", "s3://b/a/./c", "s3://bucket", "dbfs:a", "mlflow-artifacts:/../x",
            "mlflow-artifacts://host/..%2f..%2f..%2f", "http://h/api/2.0/mlflow-artifacts/artifacts/%252e%252e/x",
            "http://h/a%00", "runs:/R/../../x", "models:/m/../1",
        ]
    )
    func relative(source: String) async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m")
            let told = await refusal { try await world.makeVersion("m", source: source) }
            #expect(told.hasPrefix("INVALID_PARAMETER_VALUE: Invalid model version source: '\(source)'."))
        }
    }

    @Test(
        "is refused when it is a path of the machine that no run holds",
        arguments: ["/etc", "file:///etc/passwd", "etc", "../etc", "file:/etc"]
    )
    func local(source: String) async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m")
            let run = try await world.makeRun()
            let message =
                "INVALID_PARAMETER_VALUE: Invalid model version source: '\(source)'. To use a local path as a model"
                + " version source, the run_id request parameter has to be specified and the local path has to be"
                + " contained within the artifact directory of the run specified by the run_id."
            #expect(await refusal { try await world.makeVersion("m", source: source) } == message)
            #expect(await refusal { try await world.makeVersion("m", source: source, runID: run.id) } == message)
        }
    }

    @Test("is no folder of another machine")
    func remote() async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m")
            let told = await refusal { try await world.makeVersion("m", source: "file://10.0.0.9/share/model") }
            #expect(told.hasPrefix("INTERNAL_ERROR: file://10.0.0.9/share/model is not a valid remote uri."))
        }
    }

    @Test("may be a path within the run's artifacts", arguments: DatabaseBackend.allCases)
    func withinRun(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let experiment = try await world.tracking.createExperiment(
                named: "local",
                at: "file:///data/runs",
                tags: [],
                by: .local
            )
            let run = try await world.tracking.createRun(NewRun(experimentID: experiment), by: .local).run
            try await world.makeModel("m")
            let inside = "/data/runs/\(run.id)/artifacts/model"
            #expect(try await world.makeVersion("m", source: inside, runID: run.id).source == inside)
            #expect(try await world.makeVersion("m", source: "file://" + inside, runID: run.id).number == 2)
            for dotted in [inside + "/.", inside + "/..", "file://" + inside + "/sub/.."] {
                #expect(try await world.makeVersion("m", source: dotted, runID: run.id).source == dotted)
            }
            for outside in ["/data/runs/\(run.id)/artifacts2", inside + "/../../..", inside + "/%2e%2e/%2e%2e/x"] {
                let told = await refusal { try await world.makeVersion("m", source: outside, runID: run.id) }
                #expect(told.contains("has to be contained within the artifact directory of the run"))
            }
        }
    }

    @Test("among our artifacts must lie in the run's", arguments: DatabaseBackend.allCases)
    func artifacts(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let (run, other) = (try await world.makeRun(), try await world.makeRun())
            try await world.makeModel("m")
            let source = run.artifactURI + "/model"
            let version = try await world.makeVersion("m", source: source, runID: run.id)
            #expect(version.storageLocation == source && version.runID == run.id)
            let message =
                "INVALID_PARAMETER_VALUE: Invalid model version source: '\(source)'. The run_id request parameter must"
                + " identify the resource that contains the source."
            let unknown = RunID(String(repeating: "0", count: 32))
            #expect(await refusal { try await world.makeVersion("m", source: source) } == message)
            #expect(await refusal { try await world.makeVersion("m", source: source, runID: other.id) } == message)
            #expect(await refusal { try await world.makeVersion("m", source: source, runID: unknown) } == message)
            let proxied = "http://h:1/api/2.0/mlflow-artifacts/artifacts/0/\(run.id)/artifacts/model"
            #expect(
                await refusal { try await world.makeVersion("m", source: proxied, runID: run.id) }
                    .contains("must identify the resource that contains the source")
            )
        }
    }

    @Test("of a run is that run's folder, and handed out as it was given", arguments: DatabaseBackend.allCases)
    func runs(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            try await world.makeModel("m")
            let source = "runs:/\(run.id)/some/model"
            let version = try await world.makeVersion("m", source: source, runID: run.id)
            #expect(version.storageLocation == run.artifactURI + "/some/model")
            #expect(version.source == source && version.downloadURI == source)
            let copy = try await world.makeVersion("m", source: "models:/m/1")
            #expect(copy.storageLocation == version.storageLocation && copy.downloadURI == source)
            let told = await refusal { try await world.makeVersion("m", source: source) }
            #expect(told.hasSuffix("The run_id request parameter must identify the resource that contains the source."))
        }
    }

    @Test(
        "that is a logged model brings its folder, its run and its list of versions",
        arguments: DatabaseBackend.allCases
    )
    func loggedModel(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            let model = try await world.makeLoggedModel(by: run)
            try await world.makeModel("m")
            let source = "models:/\(model.id)"
            let version = try await world.makeVersion("m", source: source, loggedModelID: model.id)
            #expect(version.storageLocation == model.artifactURI && version.downloadURI == model.artifactURI)
            #expect(version.runID == run.id && version.loggedModelID == model.id && version.source == source)
            let inside = model.artifactURI + "/sub"
            #expect(try await world.makeVersion("m", source: inside, loggedModelID: model.id).runID == run.id)
            let tags = try await world.tracking.loggedModel(model.id).tags
            #expect(tags.map(\.key) == ["mlflow.modelVersions"])
            // As Python writes JSON: clients append to the text and compare it.
            #expect(tags.map(\.value) == [#"[{"name": "m", "version": 1}, {"name": "m", "version": 2}]"#])
            let elsewhere = "The model_id request parameter must identify the resource that contains the source."
            for id in [nil, LoggedModelID("m-0"), LoggedModelID("")] {
                let told = await refusal { try await world.makeVersion("m", source: source, loggedModelID: id) }
                #expect(told.hasSuffix(elsewhere))
            }
        }
    }

    @Test("that is a logged model nobody knows is not found", arguments: DatabaseBackend.allCases)
    func unknownLoggedModel(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m")
            let id = LoggedModelID("m-0")
            #expect(
                await refusal { try await world.makeVersion("m", source: "models:/m-0", loggedModelID: id) }
                    == "RESOURCE_DOES_NOT_EXIST: Unable to fetch model from model URI source artifact location"
                    + " 'models:/m-0'.Error: Logged model with ID 'm-0' not found."
            )
            #expect(
                await refusal { try await world.makeVersion("m", source: "s3://a/b", loggedModelID: id) }
                    == "RESOURCE_DOES_NOT_EXIST: Logged model with ID 'm-0' not found."
            )
        }
    }

    @Test("that is another version takes over where that came from", arguments: DatabaseBackend.allCases)
    func copies(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            let logged = try await world.makeLoggedModel(by: run)
            try await world.makeModel("from")
            try await world.makeModel("to")
            try await world.makeVersion("from", source: "models:/\(logged.id)", loggedModelID: logged.id)
            try await world.registry.setAlias("from", "champion", to: 1, by: .local)
            _ = try await world.registry.transition("from", 1, to: .staging, archivingOthers: false, by: .local)
            for source in ["models:/from/1", "models:/from@champion", "models:/from/staging", "models:/from/Latest"] {
                let copy = try await world.makeVersion("to", source: source)
                #expect(copy.source == "models:/from/1")
                #expect(copy.storageLocation == logged.artifactURI && copy.downloadURI == logged.artifactURI)
                #expect(copy.runID == run.id && copy.loggedModelID == logged.id)
            }
            let other = try await world.makeRun()
            #expect(
                await refusal { try await world.makeVersion("to", source: "models:/from/1", runID: other.id) }
                    == "INVALID_PARAMETER_VALUE: Invalid model version source: 'models:/from/1'. The run_id and model_id"
                    + " request parameters must match the referenced model version."
            )
            #expect(
                await refusal { try await world.makeVersion("to", source: "models:/from/2") }
                    == "RESOURCE_DOES_NOT_EXIST: Model Version (name=from, version=2) not found"
            )
            #expect(
                await refusal { try await world.makeVersion("to", source: "models:/from@gone") }
                    == "INVALID_PARAMETER_VALUE: Registered model alias gone not found."
            )
            #expect(
                await refusal { try await world.makeVersion("to", source: "models:/gone/2") }
                    == "RESOURCE_DOES_NOT_EXIST: Registered Model with name=gone not found"
            )
            #expect(
                await refusal { try await world.makeVersion("to", source: "models://host/from/1") }
                    == "INVALID_PARAMETER_VALUE: Invalid model version source: 'models://host/from/1'. Registered model"
                    + " sources must use the active model registry."
            )
        }
    }

    @Test("of a prompt is a placeholder, and no model's source", arguments: DatabaseBackend.allCases)
    func prompts(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let isPrompt = [Tag(key: "mlflow.prompt.is_prompt", value: "true")]
            try await world.makeModel("p", tags: isPrompt)
            try await world.makeModel("m")
            let version = try await world.makeVersion("p", source: "dummy-source", tags: isPrompt)
            #expect(version.source == "dummy-source")
            #expect(
                await refusal { try await world.makeVersion("p", source: "s3://a/b", tags: isPrompt) }
                    == "INVALID_PARAMETER_VALUE: Invalid prompt source: 's3://a/b'. Prompt sources must use an MLflow"
                    + " placeholder."
            )
            #expect(
                await refusal { try await world.makeVersion("m", source: "models:/p/1") }
                    == "INVALID_PARAMETER_VALUE: Invalid model version source: 'models:/p/1'. Prompt versions cannot be"
                    + " used as model version sources."
            )
        }
    }

    @Test("is bounded in length")
    func length() async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m")
            let long = "s3://b/" + String(repeating: "%25", count: 2000)
            #expect(
                await refusal { try await world.makeVersion("m", source: long) }
                    == "INVALID_PARAMETER_VALUE: 'source' exceeds the maximum length of 4096 characters"
            )
        }
    }
}
