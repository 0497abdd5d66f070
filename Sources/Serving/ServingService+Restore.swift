import Database
import Kernel
import Logging
import Registry

extension ServingService {
    /// Loads again what was deployed when the server ended. What cannot be loaded is there in state `failed`.
    ///
    /// - Throws: ``DatabaseError``.
    package func restore() async throws {
        try await deployments.take {
            let (records, contracts) = try await self.database.read { connection in
                (try EndpointStore.all(on: connection), try ContractStore.all(on: connection))
            }
            var rollouts: [Rollout?] = []
            for record in records {
                let rollout = try await self.rollout(of: record.endpoint)
                let models = [LoadedModel?](repeating: nil, count: record.endpoint.variants.count)
                self.serve(
                    record.endpoint,
                    models,
                    history: record.history,
                    rollout: rollout,
                    contract: contracts[record.endpoint.name]
                )
                rollouts.append(rollout)
            }
            await self.restore(Array(zip(records, rollouts)))
            self.noteRestored()
        }
    }

    /// Loads the models of so many endpoints at once as there are places; changes of them wait for the turn that this is.
    private func restore(_ endpoints: [(record: EndpointRecord, rollout: Rollout?)]) async {
        await withTaskGroup(of: Void.self) { group in
            for (record, rollout) in endpoints {
                group.addTask {
                    do {
                        try await self.loadPlaces.take { await self.restore(record, rollout) }
                    } catch {
                        // Nothing throws but the wait, where the task is called off: then it stays as it is.
                    }
                }
            }
        }
    }

    /// What went on at `endpoint` when the server ended, with all that had been seen.
    private func rollout(of endpoint: Endpoint) async throws -> Rollout? {
        guard endpoint.policy.compares else { return nil }
        let newest = try await database.read { try RolloutStore.newest(1, of: endpoint.name, on: $0).first }
        guard let newest, newest.status == .running else { return nil }
        return Rollout(policyVersion: newest.policyVersion, endpoint.policy, newest.evidence)
    }

    /// Loads the models of an endpoint again but for those that are there, in the order of its variants; those that can't
    /// be loaded are there in state `failed`. In a task that is cancelled meanwhile nothing changes.
    func restore(_ record: EndpointRecord, _ rollout: Rollout?, keeping present: [LoadedModel?] = []) async {
        var endpoint = record.endpoint
        var models: [LoadedModel?] = []
        for index in endpoint.variants.indices {
            let variant = endpoint.variants[index]
            if variant.state == .ready, present.indices.contains(index), let model = present[index] {
                models.append(model)
                continue
            }
            do {
                let version = try await registry.version(variant.modelName, .number(variant.version))
                let loaded = try await loader.load(version, try await settings(endpoint.name))
                guard loaded.digest == variant.digest else {
                    throw MartletError(.resourceConflict, "The version's files are not those that were deployed")
                }
                endpoint.variants[index].serve(loaded.model)
                models.append(loaded.model)
            } catch {
                // Whoever wanted it has called it off, which says nothing of the model.
                guard !Task.isCancelled else { return }
                let metadata: Logger.Metadata = [
                    "endpoint": "\(endpoint.name)", "variant": "\(variant.name)", "error": "\(error)",
                ]
                logger.error("a variant could not be restored", metadata: metadata)
                endpoint.variants[index].state = .failed(
                    (error as? MartletError)?.message ?? "its model could not be loaded"
                )
                models.append(nil)
            }
        }
        serve(endpoint, models, history: record.history, rollout: rollout)
    }
}
