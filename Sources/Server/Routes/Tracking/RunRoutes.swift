import Hummingbird
import Kernel
import Tracking

/// MLflow's calls on runs.
struct RunRoutes {
    static let searchMax = 50_000
    let tracking: TrackingService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("runs/create", use: create)
        group.get("runs/get", use: get)
        group.post("runs/search", use: search)
        group.post("runs/update", use: update)
        group.post("runs/delete", use: delete)
        group.post("runs/restore", use: restore)
        group.post("runs/set-tag", use: setTag)
        group.post("runs/delete-tag", use: deleteTag)
        group.post("runs/log-inputs", use: logInputs)
        group.post("runs/outputs", use: logOutputs)
        group.post("runs/log-model", use: logModel)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let details = try await tracking.createRun(
            NewRun(
                experimentID: try ExperimentID(try fields.requiredString("experiment_id")),
                name: try fields.string("run_name"),
                userID: try fields.string("user_id") ?? "",
                startedAt: Timestamp(milliseconds: try fields.integer("start_time") ?? 0),
                tags: try fields.tags("tags").map { Tag(key: $0.key, value: $0.value) }
            ),
            by: context.actor
        )
        return answer(details)
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(try await tracking.runDetails(try await MLflowFields(request).runID()))
    }

    private func answer(_ details: RunDetails) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("run")
                writer.run(details)
            }
        }
    }

    @Sendable private func search(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let page = try await tracking.searchRuns(
            RunSearch(
                experimentIDs: try fields.strings("experiment_ids").map { try ExperimentID($0) },
                filter: try fields.string("filter"),
                view: try fields.viewType("run_view_type"),
                orderBy: try fields.strings("order_by"),
                limit: try fields.limit(default: 1000, max: Self.searchMax),
                page: try fields.page()
            )
        )
        return .json { $0.runs(page) }
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let status = try fields.choice("status", named: RunStatus.init(name:), numberedFrom: 1)
        // MLflow drops a name that it does not know, and refuses a number.
        if status == nil, case .integer(let number)? = try fields.value("status") {
            throw fields.wrongType(.integer(number), "status")
        }
        let change = RunChange(
            status: status,
            endedAt: try fields.integer("end_time").map(Timestamp.init(milliseconds:)),
            name: try fields.string("run_name")
        )
        let run = try await tracking.updateRun(try fields.runID(), change, by: context.actor)
        return .json { writer in
            writer.object { writer in
                writer.name("run_info")
                writer.runInfo(run)
            }
        }
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await tracking.deleteRun(try await MLflowFields(request).runID(), by: context.actor)
        return .emptyObject
    }

    @Sendable private func restore(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await tracking.restoreRun(try await MLflowFields(request).runID(), by: context.actor)
        return .emptyObject
    }

    @Sendable private func setTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let id = try fields.runID()
        let tag = Tag(key: try fields.requiredString("key"), value: try fields.string("value") ?? "")
        try await tracking.setTag(tag, on: id)
        return .emptyObject
    }

    @Sendable private func logModel(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let id = try fields.runID()
        try await tracking.logModel(try fields.requiredString("model_json"), to: id)
        return .emptyObject
    }

    @Sendable private func deleteTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await tracking.deleteTag(try fields.requiredString("key"), on: try fields.runID())
        return .emptyObject
    }

    @Sendable private func logInputs(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let datasets = try fields.objects("datasets").map { input in
            let dataset = try input.requiredObject("dataset")
            return DatasetInput(
                name: try dataset.requiredString("name"),
                digest: try dataset.requiredString("digest"),
                sourceType: try dataset.string("source_type") ?? "",
                source: try dataset.string("source") ?? "",
                schema: try dataset.string("schema"),
                profile: try dataset.string("profile"),
                tags: try input.tags("tags").map { Tag(key: $0.key, value: $0.value) }
            )
        }
        let models = try fields.objects("models").map { LoggedModelID(try $0.requiredString("model_id")) }
        try await tracking.logInputs(datasets: datasets, models: models, to: try fields.runID())
        return .emptyObject
    }

    @Sendable private func logOutputs(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let models = try fields.objects("models").map { model in
            ModelOutput(
                modelID: LoggedModelID(try model.requiredString("model_id")),
                step: try model.integer("step") ?? 0
            )
        }
        try await tracking.logOutputs(models, to: try fields.runID())
        return .emptyObject
    }
}
