import Hummingbird
import Inference
import Kernel
import Ledger
import Registry
import Serving

/// Deploying model versions, and the endpoints that there are.
struct EndpointRoutes {
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        let group = router.group("api/v1/mlflow/serving")
        group.post("deploy", use: deploy)
        group.get("endpoints", use: list)
        group.get("endpoints/:name", use: get)
        group.delete("endpoints/:name", use: undeploy)
    }

    @Sendable private func deploy(_ request: Request, _ context: MartletContext) async throws -> Response {
        let body = try await request.jsonObject()
        let fields = MLflowFields(body)
        let endpoint = try await serving.deploy(
            try fields.requiredString("model_name"),
            try Self.selector(body, fields),
            to: try fields.string("endpoint"),
            workers: try WorkerWishes(
                replicas: try fields.integer("replicas"),
                batching: try fields.string("batching")
            ),
            by: context.actor
        )
        let statistics = try serving.endpoint(endpoint.name).statistics
        return .json(status: .created) { $0.endpoint(endpoint, statistics) }
    }

    /// Which version is meant: exactly one of `version`, `stage` and `alias`.
    private static func selector(_ body: JSONObject, _ fields: MLflowFields) throws -> VersionSelector {
        let given = ["version", "stage", "alias"].filter { body[$0] != nil && body[$0] != .null }
        guard given.count == 1 else {
            throw MartletError(
                .invalidParameterValue,
                "Name the version by exactly one of \"version\", \"stage\" and \"alias\"; found "
                    + (given.isEmpty ? "none" : given.joined(separator: " and "))
            )
        }
        if let stage = try fields.string("stage") { return .stage(try ModelStage(text: stage)) }
        if let alias = try fields.string("alias") { return .alias(alias) }
        guard let number = try fields.integer("version").flatMap({ Int(exactly: $0) }), number > 0 else {
            throw MartletError(.invalidParameterValue, "\"version\" must be a version's number, 1 or more")
        }
        return .number(number)
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let endpoints = serving.endpoints()
        return .json { writer in
            writer.object { writer in
                writer.name("endpoints")
                writer.array { writer in
                    for served in endpoints { writer.endpoint(served.endpoint, served.statistics) }
                }
            }
        }
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let served = try serving.endpoint(try Self.name(context))
        return .json { $0.endpoint(served.endpoint, served.statistics) }
    }

    @Sendable private func undeploy(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await serving.undeploy(try Self.name(context), by: context.actor)
        return .emptyObject
    }

    private static func name(_ context: MartletContext) throws -> String {
        let name = try context.parameters.require("name")
        return PercentEncoding.decode(name) ?? name
    }
}

extension JSONWriter {
    /// An endpoint as the API shows it.
    mutating func endpoint(_ endpoint: Endpoint, _ statistics: EndpointStatistics.Snapshot) {
        object { writer in
            writer.member("name", endpoint.name)
            writer.member("model_name", endpoint.modelName)
            writer.member("model_version", String(endpoint.version))
            switch endpoint.state {
            case .loading: writer.member("state", "loading")
            case .ready: writer.member("state", "ready")
            case .failed(let message):
                writer.member("state", "failed")
                writer.member("message", message)
            }
            writer.member("runtime", endpoint.runtime)
            writer.member("digest", endpoint.digest.description)
            writer.member("deployed_at", endpoint.deployedAt)
            writer.member("deployed_by", endpoint.deployedBy.name)
            writer.tensors("inputs", endpoint.inputs)
            writer.tensors("outputs", endpoint.outputs)
            writer.member("requests_total", Int64(clamping: statistics.requests))
            writer.member("errors_total", Int64(clamping: statistics.errors))
            writer.latency("latency_ms_p50", statistics.latency.milliseconds(atQuantile: 0.5))
            writer.latency("latency_ms_p99", statistics.latency.milliseconds(atQuantile: 0.99))
            if let workers = statistics.workers { writer.replicas(workers) }
        }
    }

    /// The member `name`: what a model declares of its inputs or outputs, as the Open Inference Protocol has it.
    mutating func tensors(_ name: StaticString, _ tensors: [TensorDescription]) {
        self.name(name)
        array { writer in
            for tensor in tensors {
                writer.object { writer in
                    writer.member("name", tensor.name)
                    writer.member("datatype", tensor.elementType.datatype)
                    writer.name("shape")
                    writer.array { writer in for length in tensor.shape ?? [-1] { writer.value(length) } }
                }
            }
        }
    }

    private mutating func replicas(_ workers: WorkerStatistics) {
        name("replicas")
        array { writer in
            for replica in workers.replicas {
                writer.object { writer in
                    writer.member("state", replica.state.rawValue)
                    writer.name("pid")
                    if let id = replica.processID { writer.value(Int64(id)) } else { writer.null() }
                    writer.member("restarts_total", Int64(replica.restarts))
                }
            }
        }
        member("waiting", Int64(workers.waiting))
    }

    private mutating func latency(_ name: StaticString, _ milliseconds: Double?) {
        self.name(name)
        if let milliseconds { value(milliseconds) } else { null() }
    }
}
