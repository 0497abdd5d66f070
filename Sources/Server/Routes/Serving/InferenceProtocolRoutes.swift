import Hummingbird
import Kernel
import NIOCore
import Serving

/// The Open Inference Protocol over REST, version 2, as Triton's client speaks it, but for inference itself. A model
/// there is an endpoint here.
struct InferenceProtocolRoutes {
    let serving: ServingService
    /// Whether models can be taken out of memory and brought back.
    let managesModels: Bool

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        let group = router.group("v2")
        group.get(use: server)
        group.get("health/live") { _, _ in Response(status: .ok) }
        group.get("health/ready") { _, _ in
            guard serving.isRestored else {
                throw MartletError(.temporarilyUnavailable, "The server is loading its models")
            }
            return Response(status: .ok)
        }
        group.get("models/stats") { _, _ -> Response in .json { $0.statistics(serving.endpoints()) } }
        for path in ["models/:model", "models/:model/versions/:version"] as [RouterPath] {
            group.get(path, use: metadata)
            let model = group.group(path)
            model.get("ready", use: ready)
            model.get("config", use: configuration)
            model.get("stats", use: statistics)
        }
        InferenceRepositoryRoutes(serving: serving, managesModels: managesModels).add(to: group)
        InferenceSettingsRoutes(serving: serving).add(to: group)
    }

    @Sendable private func server(_ request: Request, _ context: MartletContext) async throws -> Response {
        .json { writer in
            writer.object { writer in
                writer.member("name", InferenceProtocol.serverName)
                writer.member("version", MartletVersion.current)
                writer.name("extensions")
                writer.array { writer in for name in InferenceProtocol.extensions { writer.value(name) } }
            }
        }
    }

    @Sendable private func metadata(_ request: Request, _ context: MartletContext) async throws -> Response {
        let endpoint = try await found(context).endpoint
        let versions = serving.versions(of: endpoint.name)
        return .json { writer in
            writer.object { writer in
                writer.member("name", endpoint.name)
                writer.name("versions")
                writer.array { writer in for version in versions { writer.value(String(version)) } }
                writer.member("platform", endpoint.platform)
                writer.tensors("inputs", endpoint.inputs)
                writer.tensors("outputs", endpoint.outputs)
            }
        }
    }

    @Sendable private func ready(_ request: Request, _ context: MartletContext) async throws -> Response {
        let name = try Self.model(context)
        guard try await serving.isInferenceReady(name, version: Self.version(context)) else {
            throw MartletError(.invalidParameterValue, "Model version not ready")
        }
        return Response(status: .ok)
    }

    @Sendable private func configuration(_ request: Request, _ context: MartletContext) async throws -> Response {
        let endpoint = try await found(context).endpoint
        return .json { $0.configuration(endpoint) }
    }

    @Sendable private func statistics(_ request: Request, _ context: MartletContext) async throws -> Response {
        let found = try await found(context)
        return .json { $0.statistics([found]) }
    }

    /// The model that a path names.
    static func model(_ context: MartletContext) throws -> String {
        let name = try context.parameters.require("model")
        return PercentEncoding.decode(name) ?? name
    }

    /// The version that a path names, if any.
    static func version(_ context: MartletContext) -> String? {
        context.parameters.get("version").map { PercentEncoding.decode($0) ?? $0 }
    }

    private func found(_ context: MartletContext) async throws -> ServingService.Deployed {
        let name = try Self.model(context)
        let version = try await serving.numbered(Self.version(context), of: name)
        return try serving.inferenceModel(name, version: version)
    }
}

/// What is said of the server and of every model, over REST and gRPC alike.
enum InferenceProtocol {
    static let serverName = "martlet"
    /// The extensions that are spoken, by Triton's names.
    static let extensions = [
        "classification", "model_repository", "model_repository(unload_dependents)", "model_configuration",
        "parameters", "statistics", "binary_tensor_data", "trace", "logging",
    ]

    /// The paths of the protocol, a star for what a model or region is called.
    private static let paths: [[Substring]] = [
        "/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/stats", "/v2/models/*", "/v2/models/*/ready",
        "/v2/models/*/config", "/v2/models/*/stats", "/v2/models/*/infer", "/v2/models/*/versions/*",
        "/v2/models/*/versions/*/ready", "/v2/models/*/versions/*/config", "/v2/models/*/versions/*/stats",
        "/v2/models/*/versions/*/infer", "/v2/models/*/trace/setting", "/v2/trace/setting", "/v2/logging",
        "/v2/repository/index", "/v2/repository/models/*/load", "/v2/repository/models/*/unload",
        "/v2/systemsharedmemory/status", "/v2/cudasharedmemory/status", "/v2/systemsharedmemory/region/*/status",
        "/v2/cudasharedmemory/region/*/status", "/v2/systemsharedmemory/region/*/register",
        "/v2/cudasharedmemory/region/*/register", "/v2/systemsharedmemory/region/*/unregister",
        "/v2/cudasharedmemory/region/*/unregister", "/v2/systemsharedmemory/unregister",
        "/v2/cudasharedmemory/unregister",
    ].map { (path: String) in path.split(separator: "/") }

    /// Whether there is something at `path`, by another method if not by the one that was tried.
    static func hasPath(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return paths.contains { known in
            known.count == parts.count && zip(known, parts).allSatisfy { $0 == "*" || $0 == $1 }
        }
    }
}

extension Endpoint {
    /// What the protocol is told of its engine, for ONNX in Triton's words.
    var platform: String { runtime == "python" ? "mlflow_pyfunc" : "onnxruntime_onnx" }
    /// What Triton calls such an engine.
    var backend: String { runtime == "python" ? "python" : "onnxruntime" }
    /// What Triton calls the file of such a model.
    var modelFile: String { runtime == "python" ? "MLmodel" : "model.onnx" }
}

extension ServingService {
    /// The endpoint that a caller of the Open Inference Protocol names.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND` in Triton's words.
    func inferenceModel(_ name: String, version: String?) throws -> Deployed {
        guard let found = deployed(name, version) else { throw Self.unknownModel(name, version) }
        return found
    }

    /// Whether the endpoint that such a caller names answers, by whichever name of its version.
    ///
    /// - Throws: ``DatabaseError``.
    func isInferenceReady(_ name: String, version: String?) async throws -> Bool {
        do {
            return deployed(name, try await numbered(version, of: name))?.endpoint.state == .ready
        } catch is MartletError {
            // Nothing is called so.
            return false
        }
    }
}
