import Database
import Inference
import Kernel
import Ledger
import Registry

/// What an endpoint becomes, all at once.
struct EndpointChange: Sendable {
    /// The endpoint with its new policy and variants.
    var endpoint: Endpoint
    /// The variants' models, in their order.
    var models: [LoadedModel?]
    /// How models are run from now on; nil for as they are.
    var settings: EndpointSettings?
    /// What rollbacks are to bring back from now on; nil for what follows from what was served.
    var history: EndpointHistory?
    /// What goes on being compared; nil when the comparison begins anew, or there is none.
    var rollout: Rollout?
    /// How what was compared ended, where it does.
    var ending: (status: RolloutRecord.Status, reason: String?) = (.replaced, nil)
    /// What the Ledger calls the change.
    var activity: String
    /// What it tells of it.
    var details: JSONObject
    /// Who is told beside those who listen to endpoints.
    var topics: [String] = []
}

extension ServingService {
    /// Writes `change` in one transaction, then puts it before the requests. Only in a turn of ``deployments``.
    ///
    /// - Throws: `RESOURCE_CONFLICT` when a version that was not served is no longer registered; ``DatabaseError``. Then
    ///   all is as it was.
    func commit(_ change: EndpointChange, by actor: Actor) async throws {
        let endpoint = change.endpoint
        let now = clock.now()
        let begins = endpoint.policy.compares && change.rollout == nil
        let rollout =
            begins
            ? Rollout(policyVersion: endpoint.policyVersion, endpoint.policy, RolloutEvidence(startedAt: now))
            : change.rollout
        let history = try await database.write { connection in
            let old = try EndpointStore.endpoint(endpoint.name, on: connection)
            try Self.checkRegistered(endpoint, besides: old?.endpoint, on: connection)
            for variant in old?.endpoint.variants ?? [] {
                try InUseStore.remove(variant.versionSubject, heldBy: endpoint.subject, on: connection)
            }
            let history =
                change.history ?? old.map { $0.history.following($0.endpoint, by: endpoint) } ?? EndpointHistory()
            try EndpointStore.save(EndpointRecord(endpoint: endpoint, history: history), on: connection)
            if let settings = change.settings {
                try EndpointSettingsStore.save(settings, endpoint.name, on: connection)
            }
            for variant in endpoint.variants {
                try InUseStore.add(variant.versionSubject, heldBy: endpoint.subject, on: connection)
                try LineageStore.link(
                    from: variant.versionSubject,
                    relation: "deployed_to",
                    to: endpoint.subject,
                    at: variant.deployedAt,
                    on: connection
                )
            }
            try Self.note(change, rollout, begins: begins, at: now, on: connection)
            try self.activities.record(
                NewActivity(
                    actor,
                    change.activity,
                    endpoint.subject,
                    details: change.details,
                    topics: ["endpoints", "endpoint:\(endpoint.name)"] + change.topics
                ),
                on: connection
            )
            return history
        }
        serve(endpoint, change.models, history: history, rollout: rollout)
    }

    /// Refuses variants whose versions were deleted, renamed or pinned anew while their models were loaded.
    ///
    /// Those of `old` are in use, so that they can't be deleted.
    private static func checkRegistered(
        _ endpoint: Endpoint,
        besides old: Endpoint?,
        on connection: any SQLConnection
    ) throws {
        let present = Set((old?.variants ?? []).map(\.identity))
        let new = endpoint.variants.filter { !present.contains($0.identity) }
        let digests = try RegistryService.digests(of: Set(new.map(\.identity.number)), on: connection)
        for variant in new where digests[variant.identity.number] != variant.digest {
            throw MartletError(
                .resourceConflict,
                "Version \(variant.version) of \(variant.modelName) was deleted, or is called otherwise or has other"
                    + " files by now, so endpoint \"\(endpoint.name)\" serves what it did. Look at the version, and try"
                    + " again."
            )
        }
    }

    private static func note(
        _ change: EndpointChange,
        _ rollout: Rollout?,
        begins: Bool,
        at now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        let name = change.endpoint.name
        if let rollout, !begins {
            try RolloutStore.save(change.endpoint.policy, of: name, rollout.policyVersion, on: connection)
            return try RolloutStore.save(rollout.evidence, of: name, rollout.policyVersion, on: connection)
        }
        try RolloutStore.end(of: name, change.ending.status, reason: change.ending.reason, at: now, on: connection)
        guard let rollout else { return }
        let record = RolloutRecord(
            policyVersion: rollout.policyVersion,
            status: .running,
            variants: change.endpoint.variants.map(\.name),
            policy: change.endpoint.policy,
            evidence: rollout.evidence
        )
        try RolloutStore.begin(record, of: name, on: connection)
    }

    /// Puts `endpoint` before the requests, and keeps of the models that it had those that a rollback would need.
    ///
    /// It is held to `contract`, where none is given to the one that it had.
    func serve(
        _ endpoint: Endpoint,
        _ models: [LoadedModel?],
        history: EndpointHistory,
        rollout: Rollout?,
        contract: ContractRecord? = nil
    ) {
        var left: [Variant.Identity: LoadedModel] = [:]
        // Before the change, which every request waits for; an endpoint's contract is another only in another turn.
        let contract = contract ?? routes[endpoint.name]?.contract
        let contracts = models.map { VariantContract(contract?.contract, for: $0) }
        change { table in
            let old = table[endpoint.name]
            let statistics = old?.statistics ?? EndpointStatistics()
            // A variant that stays goes on counting.
            var places = (old?.variants ?? []).map { ($0.variant, $0.place) }
            let variants = zip(endpoint.variants, zip(models, contracts)).map { variant, held in
                let index = places.firstIndex { $0.0.name == variant.name && $0.0.identity == variant.identity }
                let place = index.map { places.remove(at: $0).1 } ?? statistics.open()
                return ServedVariant(variant, model: held.0, place: place, contract: held.1)
            }
            for (_, place) in places { statistics.close(place) }
            let present = Set(endpoint.variants.map(\.identity))
            for gone in old?.variants ?? [] where !present.contains(gone.variant.identity) {
                // A model's processes would hold far more than its weights.
                left[gone.variant.identity] = gone.model?.workers == nil ? gone.model : nil
            }
            return table.setting(
                ServedEndpoint(
                    endpoint,
                    variants: variants,
                    history: history,
                    rollout: rollout,
                    // A canary that was halted stays so as long as its policy is the same.
                    traffic: old?.endpoint.policyVersion == endpoint.policyVersion ? old?.traffic : nil,
                    contract: contract,
                    statistics: statistics
                )
            )
        }
        kept.keep(left, of: history.wanted(beside: endpoint.variants), for: endpoint.name, since: clock.now())
    }
}

extension TrafficPolicy {
    /// Whether it compares its variants.
    var compares: Bool {
        switch self {
        case .canary, .abTest, .shadow: true
        case .single, .blueGreen, .ensemble: false
        }
    }
}
