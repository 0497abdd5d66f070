import Database
import Kernel
package import Ledger

extension ServingService {
    /// The contract of the endpoint called `name`; nil when it has none.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`.
    package func contract(of name: String) throws -> ContractRecord? {
        guard let served = routes[name] else { throw Self.notFound(name) }
        return served.contract
    }

    /// Holds all that an endpoint takes and gives to `contract` from now on, in the place of the one that it had.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`; `INVALID_PARAMETER_VALUE` when a model that is loaded has no such column or output;
    ///   `NOT_IMPLEMENTED` where endpoints come from a file.
    package func setContract(_ name: String, _ contract: Contract, by actor: Actor) async throws -> ContractRecord {
        try await deployments.take {
            guard let served = self.routes[name] else { throw Self.notFound(name) }
            for variant in served.variants {
                guard let model = variant.model else { continue }
                try contract.checkFits(model, variant.variant.name)
            }
            let record = ContractRecord(contract: contract, setAt: self.clock.now(), setBy: actor)
            try await self.note("endpoint.contract_set", served, contract.json, by: actor) { connection in
                try ContractStore.save(record, name, on: connection)
            }
            self.replaceContract(of: name, with: record)
            return record
        }
    }

    /// Takes an endpoint's contract away; nothing is done where there is none.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`.
    package func removeContract(of name: String, by actor: Actor) async throws {
        try await deployments.take {
            guard let served = self.routes[name] else { throw Self.notFound(name) }
            guard served.contract != nil else { return }
            try await self.note("endpoint.contract_removed", served, JSONObject(), by: actor) { connection in
                try ContractStore.delete(name, on: connection)
            }
            self.replaceContract(of: name, with: nil)
        }
    }

    /// Refuses `models`, which are to be served as `variants`, where they can't keep the endpoint's contract.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func checkContract(of name: String, _ variants: [Variant], _ models: [LoadedModel?]) throws {
        guard let contract = routes[name]?.contract?.contract else { return }
        for (variant, model) in zip(variants, models) {
            if let model { try contract.checkFits(model, variant.name) }
        }
    }

    private func replaceContract(of name: String, with contract: ContractRecord?) {
        guard let served = routes[name] else { return }
        // Before the change, which every request waits for; an endpoint's variants are others only in another turn.
        let contracts = served.variants.map { VariantContract(contract?.contract, for: $0.model) }
        change { table in
            guard let served = table[name] else { return table }
            return table.setting(served.with(contract: contract, contracts))
        }
    }

    private func note(
        _ action: String,
        _ served: ServedEndpoint,
        _ details: JSONObject,
        by actor: Actor,
        _ write: @escaping @Sendable (any SQLConnection) throws -> Void
    ) async throws {
        let endpoint = served.endpoint
        let topics = ["endpoints", "endpoint:\(endpoint.name)"]
        let activity = NewActivity(actor, action, endpoint.subject, details: details, topics: topics)
        try await database.write { connection in
            try write(connection)
            try self.activities.record(activity, on: connection)
        }
    }
}

extension Contract {
    /// Refuses a model that can't be held to the contract.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` with the rules that don't go with it.
    fileprivate func checkFits(_ model: LoadedModel, _ variant: String) throws {
        let misfits = VariantContract(self, model.plan, model.outputs).misfits
        guard !misfits.isEmpty else { return }
        throw MartletError(
            .invalidParameterValue,
            "The contract does not fit variant \"\(variant)\": \(misfits.prefix(10).joined(separator: "; "))"
        )
    }
}
