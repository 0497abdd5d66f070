import HTTPTypes
import Hummingbird
import Kernel
import Outbound
import Registry

/// Short paths over MLflow's API, whichever server answers it.
struct MLflowIntegrationRoutes: Sendable {
    private static let comparedMax = 100
    private static let askedAtOnceMax = 8
    private static let compareSecondsMax: Int64 = 60
    let mlflow: MLflowServer

    func add(to router: Router<MartletContext>) {
        let group = router.group("api/v1/mlflow")
        group.get("status", use: status)
        group.get("experiments", use: experiments)
        group.post("experiments", use: createExperiment)
        group.get("experiments/:name", use: experiment)
        group.get("experiments/:name/runs", use: runs)
        group.post("runs/compare", use: compareRuns)
        group.get("runs/:id", use: run)
        group.get("runs/:id/metrics", use: metrics)
        group.get("runs/:id/artifacts", use: artifacts)
        group.get("models", use: models)
        group.get("models/:name/latest", use: latestVersion)
        group.post("models/transition", use: transition)
    }

    @Sendable private func status(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(await mlflow.status())
    }

    @Sendable private func experiments(_ request: Request, _ context: MartletContext) async throws -> Response {
        var fields = Self.query(request, ["filter", "order_by", "page_token", "view_type"])
        fields["max_results"] = .integer(try Self.limit(request))
        return answer(try await mlflow.ask(.post("experiments/search", fields), context), list: "experiments")
    }

    @Sendable private func createExperiment(_ request: Request, _ context: MartletContext) async throws -> Response {
        var fields = try await request.jsonObject()
        if let tags = fields["tags"]?.objectValue {
            fields["tags"] = .array(tags.members.map { ["key": .string($0.name), "value": $0.value] })
        }
        let made = try await mlflow.ask(.post("experiments/create", fields), context)
        let id: JSONObject = ["experiment_id": made["experiment_id"] ?? .null]
        let found = try await mlflow.ask(.get("experiments/get", id), context)
        return answer(found["experiment"]?.objectValue ?? found, status: .created)
    }

    @Sendable private func experiment(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(try await experiment(context))
    }

    private func experiment(_ context: MartletContext) async throws -> JSONObject {
        let name: JSONObject = ["experiment_name": .string(try context.decodedParameter("name"))]
        let found = try await mlflow.ask(.get("experiments/get-by-name", name), context)
        return found["experiment"]?.objectValue ?? found
    }

    @Sendable private func runs(_ request: Request, _ context: MartletContext) async throws -> Response {
        var fields = Self.query(request, ["filter", "order_by", "page_token", "run_view_type"])
        fields["max_results"] = .integer(try Self.limit(request))
        fields["experiment_ids"] = .array([try await experiment(context)["experiment_id"] ?? .null])
        return answer(try await mlflow.ask(.post("runs/search", fields), context), list: "runs")
    }

    @Sendable private func run(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(try await run(context))
    }

    private func run(_ context: MartletContext) async throws -> JSONObject {
        try await run(try context.decodedParameter("id"), context)
    }

    private func run(_ id: String, _ context: MartletContext) async throws -> JSONObject {
        let found = try await mlflow.ask(.get("runs/get", ["run_id": .string(id)]), context)
        return found["run"]?.objectValue ?? found
    }

    /// Runs side by side, in the order in which they are named.
    @Sendable private func compareRuns(_ request: Request, _ context: MartletContext) async throws -> Response {
        let ids = try MLflowFields(try await request.jsonObject()).strings("run_ids")
        guard (1...Self.comparedMax).contains(ids.count) else {
            throw MartletError(
                .invalidParameterValue,
                "Name 1 to \(Self.comparedMax) runs to compare, not \(ids.count)."
            )
        }
        let runs = try await runs(ids, context)
        func table(_ name: String) -> SideBySide {
            SideBySide(
                runs.map { run in
                    let entries = run["data"]?.objectValue?[name]?.arrayValue?.compactMap(\.objectValue) ?? []
                    return entries.compactMap { entry in
                        entry["key"]?.stringValue.map { ($0, entry["value"] ?? "") }
                    }
                }
            )
        }
        return .json { writer in
            writer.object { writer in
                writer.name("runs")
                writer.array { writer in for run in runs { writer.value(run["info"] ?? .null) } }
                writer.sideBySide("params", table("params"))
                writer.sideBySide("metrics", table("metrics"))
                writer.sideBySide("tags", table("tags"))
            }
        }
    }

    /// The runs in the order of `ids`, within a bound of time.
    private func runs(_ ids: [String], _ context: MartletContext) async throws -> [JSONObject] {
        do {
            let limit = TimeLimit(seconds: Self.compareSecondsMax)
            return try await limit.keep { try await self.askedSideBySide(ids, context) }
        } catch OutboundError.timeout {
            throw MartletError(
                .deadlineExceeded,
                "The runs were not there within \(Self.compareSecondsMax) s; compare fewer."
            )
        }
    }

    /// The runs in the order of `ids`, asked for some at a time.
    private func askedSideBySide(_ ids: [String], _ context: MartletContext) async throws -> [JSONObject] {
        try await withThrowingTaskGroup(of: (place: Int, run: JSONObject).self) { group in
            var found = [JSONObject](repeating: JSONObject(), count: ids.count)
            for (place, id) in ids.enumerated() {
                if place >= Self.askedAtOnceMax, let next = try await group.next() { found[next.place] = next.run }
                group.addTask { (place, try await self.run(id, context)) }
            }
            for try await next in group { found[next.place] = next.run }
            return found
        }
    }

    /// The last value of each metric, or the whole history of `key`.
    @Sendable private func metrics(_ request: Request, _ context: MartletContext) async throws -> Response {
        let id = JSON.string(try context.decodedParameter("id"))
        guard let key = request.queryValue("key") else {
            let metrics = try await run(context)["data"]?.objectValue?["metrics"]
            return answer(["run_id": id, "metrics": metrics ?? []])
        }
        var fields = Self.query(request, ["page_token"])
        fields["max_results"] = .integer(try Self.limit(request, default: 1000, max: 25_000))
        fields["run_id"] = id
        fields["metric_key"] = .string(key)
        var history = try await mlflow.ask(.get("metrics/get-history", fields), context)
        history["run_id"] = id
        history["key"] = .string(key)
        return answer(history, list: "metrics")
    }

    @Sendable private func artifacts(_ request: Request, _ context: MartletContext) async throws -> Response {
        var fields = Self.query(request, ["path", "page_token"])
        fields["run_id"] = .string(try context.decodedParameter("id"))
        return answer(try await mlflow.ask(.get("artifacts/list", fields), context), list: "files")
    }

    @Sendable private func models(_ request: Request, _ context: MartletContext) async throws -> Response {
        var fields = Self.query(request, ["filter", "order_by", "page_token"])
        fields["max_results"] = .integer(try Self.limit(request))
        var found = try await mlflow.ask(.get("registered-models/search", fields), context)
        found["models"] = found["registered_models"] ?? []
        found["registered_models"] = nil
        return answer(found)
    }

    /// The version with the highest number, of all or of those in `stage`.
    @Sendable private func latestVersion(_ request: Request, _ context: MartletContext) async throws -> Response {
        let name = try context.decodedParameter("name")
        var fields: JSONObject = ["name": .string(name)]
        let stage = request.queryValue("stage")
        if let stage { fields["stages"] = [.string(stage)] }
        let found = try await mlflow.ask(.post("registered-models/get-latest-versions", fields), context)
        let versions = found["model_versions"]?.arrayValue?.compactMap(\.objectValue) ?? []
        func number(_ version: JSONObject) -> Int { version["version"]?.stringValue.flatMap { Int($0) } ?? 0 }
        guard let latest = versions.max(by: { number($0) < number($1) }) else {
            let whose = "The model '\(name.prefix(200))' has no version"
            throw MartletError(.resourceDoesNotExist, whose + (stage.map { " in stage '\($0.prefix(100))'." } ?? "."))
        }
        return answer(latest)
    }

    /// Moves a version; one that goes to Production replaces what is there unless told otherwise.
    @Sendable private func transition(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        let wanted = try fields.requiredString("stage")
        let stage = wanted.lowercased() == "development" ? ModelStage.none.rawValue : wanted
        let number = try fields.value("version")?.integerValue.map(String.init)
        let replaces = stage.lowercased() == "production"
        let call: JSONObject = [
            "name": .string(try fields.string("model_name") ?? fields.requiredString("name")),
            "version": .string(try number ?? fields.requiredString("version")),
            "stage": .string(stage),
            "archive_existing_versions": .boolean(try fields.boolean("archive_existing_versions") ?? replaces),
        ]
        let moved = try await mlflow.ask(.post("model-versions/transition-stage", call), context)
        return answer(moved["model_version"]?.objectValue ?? moved)
    }

    // MARK: Shapes

    /// The items of the query that have one of these names; those of lists by commas.
    private static func query(_ request: Request, _ names: Set<String>) -> JSONObject {
        var fields = JSONObject()
        for (name, value) in request.queryItems where names.contains(name) {
            guard name == "order_by" else {
                fields[name] = .string(value)
                continue
            }
            let parts = value.split(separator: ",").map { JSON.string($0.drop { $0 == " " }.description) }
            fields[name] = .array((fields[name]?.arrayValue ?? []) + parts)
        }
        return fields
    }

    private static func limit(_ request: Request, default standard: Int = 100, max: Int = 1000) throws -> Int64 {
        let fields = MLflowFields(queryOf: request)
        return Int64(try fields.limit(default: standard, max: max))
    }

    /// An answer in which the list `name` stands also when it is empty, which MLflow leaves out.
    private func answer(_ object: JSONObject, list name: String) -> Response {
        var object = object
        if object[name] == nil { object[name] = [] }
        return answer(object)
    }

    private func answer(_ object: JSONObject, status: HTTPResponse.Status = .ok) -> Response {
        .json(status: status) { $0.value(.object(object)) }
    }
}
