import Hummingbird
import Kernel
import Ledger
import NIOCore
import Serving

/// Triton's model repository: which models there are, and taking them out of memory and back.
struct InferenceRepositoryRoutes {
    let serving: ServingService
    /// Whether models can be taken out of memory and brought back.
    let managesModels: Bool

    /// Adds the routes below `/v2`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("repository/index", use: index)
        group.post("repository/models/:model/load", use: load)
        group.post("repository/models/:model/unload", use: unload)
    }

    @Sendable private func index(_ request: Request, _ context: MartletContext) async throws -> Response {
        // Triton's client sends no body or `{"ready": …}`.
        let isReadyOnly = try await request.jsonObjectIfAny()["ready"] == true
        let endpoints = serving.endpoints().map(\.endpoint).filter { !isReadyOnly || $0.state == .ready }
        return .json { writer in
            writer.array { writer in
                for endpoint in endpoints {
                    writer.object { writer in
                        writer.member("name", endpoint.name)
                        writer.member("version", String(endpoint.version))
                        let (state, reason) = endpoint.repositoryState
                        writer.member("state", state)
                        writer.member("reason", ifPresent: reason)
                    }
                }
            }
        }
    }

    @Sendable private func load(_ request: Request, _ context: MartletContext) async throws -> Response {
        let name = try await InferenceRepository(serving, managesModels)
            .checked(InferenceProtocolRoutes.model(context), parameters: Self.parameters(request))
        try await serving.load(name, by: context.actor)
        return Response(status: .ok)
    }

    @Sendable private func unload(_ request: Request, _ context: MartletContext) async throws -> Response {
        let name = try await InferenceRepository(serving, managesModels)
            .checked(InferenceProtocolRoutes.model(context), parameters: Self.parameters(request))
        try await serving.unload(name, by: context.actor)
        return Response(status: .ok)
    }

    private static func parameters(_ request: Request) async throws -> [String] {
        let parameters = try await request.jsonObjectIfAny()["parameters"] ?? .null
        guard let names = parameters == .null ? [] : parameters.objectValue?.members.map(\.name) else {
            throw MartletError(.badRequest, "\"parameters\" must be an object, not \(parameters.kind).")
        }
        return names
    }
}

/// What may be asked of the repository, over REST and gRPC alike.
struct InferenceRepository {
    private let serving: ServingService
    private let managesModels: Bool

    /// The repository of `serving`; `managesModels` says whether models come and go.
    init(_ serving: ServingService, _ managesModels: Bool) {
        self.serving = serving
        self.managesModels = managesModels
    }

    /// The model `name`, which is to be loaded or unloaded with these `parameters`.
    ///
    /// - Throws: `NOT_IMPLEMENTED` where models neither come nor go, or for files and a configuration that a caller
    ///   brings: what is served is what was registered.
    func checked(_ name: String, parameters: [String]) throws -> String {
        guard managesModels else {
            throw MartletError(
                .notImplemented,
                "This server serves what its file of models says: nothing is loaded or unloaded while it runs."
            )
        }
        guard let unknown = parameters.first(where: { $0 != "unload_dependents" }) else { return name }
        throw MartletError(
            .notImplemented,
            "The parameter '\(unknown.prefix(100))' is not taken: a model is what was registered and deployed."
        )
    }
}

extension Endpoint {
    /// Its state in Triton's words, and why where it does not answer.
    var repositoryState: (state: String, reason: String?) {
        switch state {
        case .loading: ("LOADING", nil)
        case .ready: ("READY", nil)
        case .failed(let message): ("UNAVAILABLE", message)
        case .unloaded: ("UNAVAILABLE", "unloaded")
        }
    }
}
