import Hummingbird
import Kernel
import Tracking

/// MLflow's calls on experiments.
struct ExperimentRoutes {
    static let searchMax = 50_000
    static let datasetExperimentsMax = 20
    let tracking: TrackingService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("experiments/create", use: create)
        group.get("experiments/get", use: get)
        group.get("experiments/get-by-name", use: getByName)
        group.post("experiments/search", use: search)
        group.get("experiments/search", use: search)
        group.post("experiments/update", use: update)
        group.post("experiments/delete", use: delete)
        group.post("experiments/restore", use: restore)
        group.post("experiments/set-experiment-tag", use: setTag)
        group.post("experiments/delete-experiment-tag", use: deleteTag)
        group.post("experiments/search-datasets", use: searchDatasets)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let id = try await tracking.createExperiment(
            named: try fields.requiredString("name"),
            at: try fields.string("artifact_location"),
            tags: try fields.tags("tags").map { Tag(key: $0.key, value: $0.value) },
            by: context.actor
        )
        return .json { $0.object { $0.member("experiment_id", id.description) } }
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        return answer(try await tracking.experiment(try ExperimentID(try fields.requiredString("experiment_id"))))
    }

    @Sendable private func getByName(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        return answer(try await tracking.experiment(named: try fields.requiredString("experiment_name")))
    }

    private func answer(_ experiment: Experiment) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("experiment")
                writer.experiment(experiment)
            }
        }
    }

    @Sendable private func search(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let page = try await tracking.searchExperiments(
            ExperimentSearch(
                filter: try fields.string("filter"),
                view: try fields.viewType("view_type"),
                orderBy: try fields.strings("order_by"),
                limit: try fields.limit(default: nil, max: Self.searchMax),
                page: try fields.page()
            )
        )
        return .json { $0.page("experiments", page) { $0.experiment($1) } }
    }

    @Sendable private func searchDatasets(_ request: Request, _ context: MartletContext) async throws -> Response {
        let ids = try await MLflowFields(request).strings("experiment_ids")
        guard !ids.isEmpty else {
            throw MartletError(
                .invalidParameterValue,
                "SearchDatasets request must specify at least one experiment_id."
            )
        }
        guard ids.count <= Self.datasetExperimentsMax else {
            throw MartletError(
                .invalidParameterValue,
                "SearchDatasets request cannot specify more than \(Self.datasetExperimentsMax) experiment_ids. "
                    + "Received \(ids.count) experiment_ids."
            )
        }
        let datasets = try await tracking.datasets(in: try ids.map { try ExperimentID($0) })
        return .json { writer in
            writer.object { writer in
                writer.member("dataset_summaries", unlessEmpty: datasets) { writer, dataset in
                    writer.object { writer in
                        writer.member("experiment_id", dataset.experimentID.description)
                        writer.member("name", dataset.name)
                        writer.member("digest", dataset.digest)
                        writer.member("context", ifPresent: dataset.context)
                    }
                }
            }
        }
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await tracking.renameExperiment(
            try id(fields),
            to: try fields.requiredString("new_name"),
            by: context.actor
        )
        return .emptyObject
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await tracking.deleteExperiment(try id(try await MLflowFields(request)), by: context.actor)
        return .emptyObject
    }

    @Sendable private func restore(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await tracking.restoreExperiment(try id(try await MLflowFields(request)), by: context.actor)
        return .emptyObject
    }

    @Sendable private func setTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let tag = Tag(key: try fields.requiredString("key"), value: try fields.string("value") ?? "")
        try await tracking.setExperimentTag(tag, on: try id(fields))
        return .emptyObject
    }

    @Sendable private func deleteTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await tracking.deleteExperimentTag(try fields.requiredString("key"), on: try id(fields))
        return .emptyObject
    }

    private func id(_ fields: MLflowFields) throws -> ExperimentID {
        try ExperimentID(try fields.requiredString("experiment_id"))
    }
}
