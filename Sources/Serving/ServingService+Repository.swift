import Database
import Inference
import Kernel
package import Ledger

/// Taking models out of memory and bringing them back, as the Open Inference Protocol's model repository does.
extension ServingService {
    /// Loads the model of an endpoint that does not answer; nothing is done where it does, for a version never changes.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND` when there is no such endpoint, `INTERNAL_ERROR` when its model cannot be loaded,
    ///   both in Triton's words; `CancellationError`.
    package func load(_ name: String, by actor: Actor) async throws {
        try await deployments.take {
            guard let served = self.routes[name] else {
                throw MartletError(
                    .endpointNotFound,
                    "failed to load '\(name.prefix(256))', failed to poll from model repository"
                )
            }
            guard served.endpoint.variants.contains(where: { $0.state != .ready }) else { return }
            let record = EndpointRecord(endpoint: served.endpoint, history: served.history)
            await self.restore(record, served.rollout, keeping: served.variants.map(\.model))
            try Task.checkCancellation()
            for variant in self.routes[name]?.endpoint.variants ?? [] {
                guard case .failed(let problem) = variant.state else { continue }
                throw MartletError(.internalError, "failed to load '\(name.prefix(256))', \(problem)")
            }
            try await self.note("endpoint.loaded", served.endpoint, by: actor)
        }
    }

    /// Takes the model of an endpoint out of memory; the endpoint stays, and requests that have begun are answered.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`.
    package func unload(_ name: String, by actor: Actor) async throws {
        try await deployments.take {
            guard let served = self.routes[name] else { throw Self.unknownModel(name, nil) }
            guard served.endpoint.state != .unloaded else { return }
            var endpoint = served.endpoint
            try await self.note("endpoint.unloaded", endpoint, by: actor)
            for index in endpoint.variants.indices { endpoint.variants[index].unload() }
            let models = [LoadedModel?](repeating: nil, count: endpoint.variants.count)
            self.serve(endpoint, models, history: served.history, rollout: served.rollout)
        }
    }

    private func note(_ action: String, _ endpoint: Endpoint, by actor: Actor) async throws {
        let topics = ["endpoints", "endpoint:\(endpoint.name)", "models"]
        let activity = NewActivity(actor, action, endpoint.subject, details: endpoint.primary.details, topics: topics)
        try await database.write { try self.activities.record(activity, on: $0) }
    }
}
