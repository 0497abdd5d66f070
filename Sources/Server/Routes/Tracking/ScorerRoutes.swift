import Hummingbird
import Kernel
import Tracking

/// MLflow's calls on scorers.
struct ScorerRoutes: Sendable {
    let scorers: ScorerService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("scorers/register", use: register)
        group.get("scorers/list", use: list)
        group.get("scorers/versions", use: versions)
        group.get("scorers/get", use: get)
        group.delete("scorers/delete", use: delete)
        group.get("scorers/online-configs", use: onlineScoring)
        group.put("scorers/online-config", use: setOnlineScoring)
    }

    @Sendable private func register(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let experiment = try experiment(fields)
        let name = try fields.requiredString("name")
        let definition = try fields.requiredString("serialized_scorer")
        let scorer = try await scorers.register(name, definition, in: experiment, by: context.actor)
        return .json { writer in
            writer.object { writer in
                writer.member("version", scorer.version)
                writer.member("scorer_id", scorer.scorerID)
                writer.member("experiment_id", scorer.experimentID.description)
                writer.member("name", scorer.name)
                writer.member("serialized_scorer", scorer.definition)
                writer.member("creation_time", scorer.createdAt)
            }
        }
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let one = try fields.text("experiment_id")
        let several = try fields.value("experiment_ids") == nil ? nil : fields.strings("experiment_ids")
        guard one == nil || several == nil else {
            throw MartletError(
                .invalidParameterValue,
                "Cannot specify both 'experiment_id' and 'experiment_ids'. Use 'experiment_ids' to scope the query to "
                    + "multiple experiments, or 'experiment_id' to scope it to a single experiment."
            )
        }
        if let one { return answer(try await scorers.scorers(in: try ExperimentID(one))) }
        return answer(try await scorers.scorers(across: try several?.map { try ExperimentID($0) }))
    }

    @Sendable private func versions(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let experiment = try experiment(fields)
        return answer(try await scorers.versions(of: try fields.requiredString("name"), in: experiment))
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let experiment = try experiment(fields)
        let name = try fields.requiredString("name")
        let scorer = try await scorers.scorer(name, version: try fields.integer("version"), in: experiment)
        return .json { writer in
            writer.object { writer in
                writer.name("scorer")
                writer.scorer(scorer)
            }
        }
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let experiment = try experiment(fields)
        let name = try fields.requiredString("name")
        let version = try fields.integer("version")
        try await scorers.delete(name, version: version, in: experiment, by: context.actor)
        return .emptyObject
    }

    // MARK: Judging what comes in

    @Sendable private func onlineScoring(_ request: Request, _ context: MartletContext) async throws -> Response {
        let ids = try await MLflowFields(request).strings("scorer_ids")
        guard !ids.isEmpty else { throw MLflowFields(JSONObject()).missing("scorer_ids") }
        let scoring = try await scorers.onlineScoring(of: ids)
        return .json { writer in
            writer.object { writer in
                // Clients look for the list also where it is empty.
                writer.name("configs")
                writer.array { writer in for each in scoring { writer.onlineScoring(each) } }
            }
        }
    }

    @Sendable private func setOnlineScoring(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let experiment = try experiment(fields)
        let name = try fields.requiredString("name")
        guard let rate = try fields.double("sample_rate") else { throw fields.missing("sample_rate") }
        let scoring = try await scorers.setOnlineScoring(
            of: name,
            in: experiment,
            sampleRate: rate,
            filter: try fields.string("filter_string"),
            by: context.actor
        )
        return .json { writer in
            writer.object { writer in
                writer.name("config")
                writer.onlineScoring(scoring)
            }
        }
    }

    private func experiment(_ fields: MLflowFields) throws -> ExperimentID {
        try ExperimentID(try fields.requiredString("experiment_id"))
    }

    private func answer(_ scorers: [ScorerVersion]) -> Response {
        .json { $0.object { $0.member("scorers", unlessEmpty: scorers) { $0.scorer($1) } } }
    }
}

extension JSONWriter {
    fileprivate mutating func scorer(_ scorer: ScorerVersion) {
        object { writer in
            writer.member("experiment_id", scorer.experimentID.number)
            writer.member("scorer_name", scorer.name)
            writer.member("scorer_version", scorer.version)
            writer.member("serialized_scorer", scorer.definition)
            writer.member("creation_time", scorer.createdAt)
            writer.member("scorer_id", scorer.scorerID)
        }
    }

    fileprivate mutating func onlineScoring(_ scoring: OnlineScoring) {
        object { writer in
            writer.member("online_scoring_config_id", scoring.id)
            writer.member("scorer_id", scoring.scorerID)
            writer.name("sample_rate")
            writer.value(scoring.sampleRate)
            writer.member("experiment_id", scoring.experimentID.description)
            writer.member("filter_string", ifPresent: scoring.filter)
        }
    }
}
