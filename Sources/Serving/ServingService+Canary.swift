import Database
import Kernel
import Ledger

extension ServingService {
    /// Whether any endpoint compares variants.
    var isComparing: Bool { routes.all.contains { $0.rollout != nil } }

    /// Lets go of models that were left longer ago than they are kept.
    func releaseModels() async {
        let milliseconds = modelsKept.components.seconds * 1000
        kept.release(before: clock.now().advanced(byMilliseconds: -milliseconds))
    }

    /// Gives all requests of each canary that is to be rolled back to its stable variant, before anything is written
    /// and whatever else is being deployed.
    package func haltCanaries() {
        for served in routes.all {
            guard case .canary(let plan) = served.endpoint.policy, plan.isAutomatic, case .split = served.traffic,
                let rollout = served.rollout,
                case .rollBack = CanaryJudge.decision(plan, rollout.evidence, at: clock.now())
            else { continue }
            halt(served)
        }
    }

    /// Takes on, promotes or rolls back each canary of which that is to be said now.
    ///
    /// - Throws: the first ``DatabaseError``, once all have been looked after; what has been halted stays halted, and is
    ///   written by the next call.
    package func lookAfterCanaries() async throws {
        haltCanaries()
        var failure: (any Error)?
        for served in routes.all {
            do { try await lookAfterCanary(served) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    private func lookAfterCanary(_ served: ServedEndpoint) async throws {
        guard case .canary(let plan) = served.endpoint.policy, plan.isAutomatic, let rollout = served.rollout else {
            return
        }
        switch CanaryJudge.decision(plan, rollout.evidence, at: clock.now()) {
        case .wait: break
        case .advance: try await advance(served, plan, rollout)
        case .promote:
            try await endCanary(served, with: 1, .promoted, "endpoint.canary_promoted", nil) {
                CanaryJudge.decision(plan, rollout.evidence, at: self.clock.now()) == .promote
            }
        case .rollBack(let verdict):
            halt(served)
            try await endCanary(served, with: 0, .rolledBack, "endpoint.canary_rolled_back", verdict.reason)
        }
    }

    /// Gives all requests to the stable variant, from now on, if the canary is still the one of `served`.
    private func halt(_ served: ServedEndpoint) {
        change { table in
            guard let present = table[served.endpoint.name],
                present.endpoint.policyVersion == served.endpoint.policyVersion
            else { return table }
            return table.setting(
                ServedEndpoint(
                    present.endpoint,
                    variants: present.variants,
                    history: present.history,
                    rollout: present.rollout,
                    traffic: .whole,
                    contract: present.contract,
                    statistics: present.statistics
                )
            )
        }
    }

    private func advance(_ served: ServedEndpoint, _ plan: CanaryPlan, _ rollout: Rollout) async throws {
        try await deployments.take {
            // Until its turn came, more may have been seen.
            guard let served = self.present(served),
                CanaryJudge.decision(plan, rollout.evidence, at: self.clock.now()) == .advance
            else { return }
            var plan = plan
            plan.step += 1
            let endpoint = Endpoint(
                name: served.endpoint.name,
                policyVersion: served.endpoint.policyVersion + 1,
                policy: .canary(plan),
                variants: served.endpoint.variants
            )
            var details = endpoint.trafficDetails
            details["share"] = .number(plan.share)
            let before = rollout.evidence
            rollout.beginStep(endpoint.policyVersion - rollout.policyVersion, at: self.clock.now())
            do {
                try await self.commit(
                    EndpointChange(
                        endpoint: endpoint,
                        models: served.variants.map(\.model),
                        rollout: rollout,
                        activity: "endpoint.canary_advanced",
                        details: details
                    ),
                    by: .server
                )
            } catch {
                // The step before goes on, and so must its evidence.
                rollout.takeBack(before)
                throw error
            }
        }
    }

    /// Ends a canary: the variant at `index` is served alone.
    private func endCanary(
        _ served: ServedEndpoint,
        with index: Int,
        _ status: RolloutRecord.Status,
        _ activity: String,
        _ reason: String?,
        where holds: @escaping @Sendable () -> Bool = { true }
    ) async throws {
        try await deployments.take {
            // Until its turn came, more may have been seen.
            guard let served = self.present(served), holds() else { return }
            let old = served.endpoint
            let endpoint = Endpoint(
                name: old.name,
                policyVersion: old.policyVersion + 1,
                policy: .single,
                variants: [old.variants[index]]
            )
            var details = endpoint.trafficDetails
            if let reason { details["reason"] = .string(reason) }
            try await self.saveEvidence()
            try await self.commit(
                EndpointChange(
                    endpoint: endpoint,
                    models: [served.variants[index].model],
                    ending: (status, reason),
                    activity: activity,
                    details: details,
                    topics: ["models"]
                ),
                by: .server
            )
        }
    }

    /// What is served now, if it is still the policy of `served`.
    private func present(_ served: ServedEndpoint) -> ServedEndpoint? {
        guard let present = routes[served.endpoint.name],
            present.endpoint.policyVersion == served.endpoint.policyVersion
        else { return nil }
        return present
    }

    /// Writes what has been seen since the last time.
    ///
    /// - Throws: ``DatabaseError``.
    package func saveEvidence() async throws {
        for served in routes.all {
            guard let rollout = served.rollout, let evidence = rollout.takeUnsaved() else { continue }
            do {
                try await database.write { connection in
                    try RolloutStore.save(evidence, of: served.endpoint.name, rollout.policyVersion, on: connection)
                }
            } catch {
                rollout.noteUnsaved()
                throw error
            }
        }
    }

    /// What the policies of the endpoint called `name` have compared, newest first, what goes on among it as it is now.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`, ``DatabaseError``.
    package func rollouts(of name: String, limit: Int = 20) async throws -> [RolloutRecord] {
        guard let served = routes[name] else { throw Self.notFound(name) }
        var records = try await database.read { try RolloutStore.newest(limit, of: name, on: $0) }
        if let rollout = served.rollout, let index = records.firstIndex(where: { $0.status == .running }),
            records[index].policyVersion == rollout.policyVersion
        {
            records[index].evidence = rollout.evidence
            records[index].policy = served.endpoint.policy
        }
        return records
    }
}
