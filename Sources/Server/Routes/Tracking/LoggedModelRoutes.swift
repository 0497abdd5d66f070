import Hummingbird
import Kernel
import Tracking

/// MLflow's calls on logged models.
struct LoggedModelRoutes {
    static let searchMax = 50_000
    let tracking: TrackingService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("logged-models", use: create)
        group.post("logged-models/search", use: search)
        group.get("logged-models/:id", use: get)
        group.patch("logged-models/:id", use: finish)
        group.delete("logged-models/:id", use: delete)
        group.patch("logged-models/:id/tags", use: setTags)
        group.delete("logged-models/:id/tags/:key", use: deleteTag)
        group.post("logged-models/:id/params", use: addParams)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let model = try await tracking.createLoggedModel(
            NewLoggedModel(
                experimentID: try ExperimentID(try fields.requiredString("experiment_id")),
                name: try fields.string("name"),
                modelType: try fields.string("model_type") ?? "",
                sourceRunID: try fields.string("source_run_id").flatMap { $0.isEmpty ? nil : RunID($0) },
                params: try params(fields),
                tags: try tags(fields)
            )
        )
        return answer(model)
    }

    @Sendable private func search(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let page = try await tracking.searchLoggedModels(
            in: try fields.strings("experiment_ids").map { try ExperimentID($0) },
            filter: try fields.string("filter"),
            on: try fields.objects("datasets").map(dataset),
            orderedBy: try fields.objects("order_by").map(order),
            limit: try fields.limit(default: 100, max: Self.searchMax),
            page: try fields.page()
        )
        return .json { $0.page("models", page) { $0.loggedModel($1) } }
    }

    private func dataset(_ fields: MLflowFields) throws -> MeasuredDataset {
        guard let name = try fields.string("dataset_name"), !name.isEmpty else {
            throw MartletError(
                .invalidParameterValue,
                "`dataset_name` in the `datasets` clause must be specified."
            )
        }
        return MeasuredDataset(name: name, digest: try fields.string("dataset_digest"))
    }

    private func order(_ fields: MLflowFields) throws -> LoggedModelOrder {
        LoggedModelOrder(
            field: try fields.requiredString("field_name"),
            isAscending: try fields.boolean("ascending") ?? true,
            dataset: try fields.string("dataset_name").map { name in
                MeasuredDataset(name: name, digest: try fields.string("dataset_digest"))
            }
        )
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(try await tracking.loggedModel(try id(context)))
    }

    @Sendable private func finish(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let name = try fields.requiredString("status")
        guard let status = LoggedModelStatus(name: name) else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid model status '\(name.prefix(100))'. Valid ones are "
                    + LoggedModelStatus.allCases.map(\.name).joined(separator: ", ")
            )
        }
        return answer(try await tracking.setStatus(status, of: try id(context)))
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await tracking.deleteLoggedModel(try id(context))
        return .emptyObject
    }

    @Sendable private func setTags(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        return answer(try await tracking.setLoggedModelTags(try id(context), try tags(fields)))
    }

    @Sendable private func deleteTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let key = try context.parameters.require("key")
        try await tracking.deleteLoggedModelTag(PercentEncoding.decode(key) ?? key, of: try id(context))
        return .emptyObject
    }

    @Sendable private func addParams(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await tracking.addLoggedModelParams(try id(context), try params(fields))
        return .emptyObject
    }

    private func id(_ context: MartletContext) throws -> LoggedModelID {
        LoggedModelID(try context.parameters.require("id"))
    }

    private func tags(_ fields: MLflowFields) throws -> [Tag] {
        try fields.tags("tags").map { Tag(key: $0.key, value: $0.value) }
    }

    private func params(_ fields: MLflowFields) throws -> [Param] {
        try fields.objects("params").map { param in
            Param(key: try param.requiredString("key"), value: try param.string("value") ?? "")
        }
    }

    private func answer(_ model: LoggedModel) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("model")
                writer.loggedModel(model)
            }
        }
    }
}
