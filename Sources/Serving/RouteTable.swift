import Kernel

/// An endpoint with what it takes to answer. It never changes: a new deployment or policy makes another one.
package final class ServedEndpoint: Sendable {
    /// The endpoint.
    package let endpoint: Endpoint
    /// What was served before.
    let history: EndpointHistory
    /// Its variants, in the order of the endpoint's; the primary first.
    let variants: [ServedVariant]
    /// How they are chosen.
    let traffic: Traffic
    /// What its policy compares; nil when it compares nothing.
    let rollout: Rollout?
    /// What it takes and gives; nil for whatever its models do.
    let contract: ContractRecord?
    /// What it has done; the same object as before, if the endpoint has been there before.
    let statistics: EndpointStatistics

    /// An endpoint whose variants are held to `contract` already.
    init(
        _ endpoint: Endpoint,
        variants: [ServedVariant],
        history: EndpointHistory = EndpointHistory(),
        rollout: Rollout? = nil,
        traffic: Traffic? = nil,
        contract: ContractRecord? = nil,
        statistics: EndpointStatistics
    ) {
        precondition(variants.count == endpoint.variants.count, "each variant is served")
        self.endpoint = endpoint
        self.variants = variants
        self.history = history
        self.rollout = rollout
        self.traffic = traffic ?? Traffic(endpoint.policy)
        self.contract = contract
        self.statistics = statistics
    }

    /// The same endpoint, held to another contract, and its variants in their order to what `contracts` make of it.
    func with(contract: ContractRecord?, _ contracts: [VariantContract?]) -> ServedEndpoint {
        ServedEndpoint(
            endpoint,
            variants: zip(variants, contracts).map { variant, contract in
                ServedVariant(variant.variant, model: variant.model, place: variant.place, contract: contract)
            },
            history: history,
            rollout: rollout,
            traffic: traffic,
            contract: contract,
            statistics: statistics
        )
    }

    /// The variant that answers when no other is chosen.
    var primary: ServedVariant { variants[0] }

    /// What it has done until now, and what the processes of its primary's model do.
    var snapshot: EndpointStatistics.Snapshot {
        var snapshot = statistics.snapshot
        snapshot.workers = primary.model?.workers
        return snapshot
    }

    /// What one of its variants has done until now, and what the processes of its model do.
    func snapshot(of variant: ServedVariant) -> EndpointStatistics.Snapshot {
        var snapshot = statistics.snapshot(of: variant.place)
        snapshot.workers = variant.model?.workers
        return snapshot
    }
}

/// Who is to answer a request: an endpoint, and the variant where the request names a version.
struct Route {
    let served: ServedEndpoint
    let named: ServedVariant?
}

/// Which endpoints there are, at one moment; a request sees one table from its start to its end.
struct RouteTable: Sendable {
    private let byName: [String: ServedEndpoint]
    private let byModel: [String: [ServedEndpoint]]
    /// All endpoints in the order of their names.
    let all: [ServedEndpoint]

    /// A table of these endpoints, no two of one name.
    init(_ endpoints: [ServedEndpoint] = []) {
        all = endpoints.sorted { $0.endpoint.name < $1.endpoint.name }
        byName = Dictionary(uniqueKeysWithValues: endpoints.map { ($0.endpoint.name, $0) })
        // The endpoint that is named like its model comes first, then the order of the names.
        var byModel: [String: [ServedEndpoint]] = [:]
        for served in endpoints {
            for model in Set(served.endpoint.variants.map(\.modelName)) { byModel[model, default: []].append(served) }
        }
        self.byModel = byModel.reduce(into: [:]) { result, entry in
            result[entry.key] = entry.value.sorted { left, right in
                let isLeftOwn = left.endpoint.name == entry.key
                let isRightOwn = right.endpoint.name == entry.key
                return isLeftOwn == isRightOwn ? left.endpoint.name < right.endpoint.name : isLeftOwn
            }
        }
    }

    /// The endpoint called `name`.
    subscript(name: String) -> ServedEndpoint? { byName[name] }

    /// The table with `endpoint` in the place of the one of its name.
    func setting(_ endpoint: ServedEndpoint) -> RouteTable {
        RouteTable(all.filter { $0.endpoint.name != endpoint.endpoint.name } + [endpoint])
    }

    /// The table without the endpoint called `name`.
    func removing(_ name: String) -> RouteTable {
        RouteTable(all.filter { $0.endpoint.name != name })
    }

    /// The endpoint that answers for `model`: the one of that name, else one that serves the registered model.
    ///
    /// One of its variants must be `version`, a number in digits, if one is given; that variant then answers, whatever
    /// the policy says. Without one the endpoint's primary must be of the model.
    /// - Throws: `ENDPOINT_NOT_FOUND` that tells how to deploy.
    func route(model: String, version: String?) throws -> Route {
        guard let version else {
            if let served = byName[model] { return Route(served: served, named: nil) }
            if let served = byModel[model]?.first(where: { $0.endpoint.modelName == model }) {
                return Route(served: served, named: nil)
            }
            throw Self.notServed(model, nil)
        }
        if version.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(version) {
            if let named = byName[model], let variant = named.variants.first(where: { $0.variant.version == number }) {
                return Route(served: named, named: variant)
            }
            for served in byModel[model] ?? [] {
                let variant = served.variants.first {
                    $0.variant.modelName == model && $0.variant.version == number
                }
                if let variant { return Route(served: served, named: variant) }
            }
        }
        throw Self.notServed(model, version)
    }

    /// Why nothing answers for `model`, or for `version` of it.
    static func notServed(_ model: String, _ version: String?) -> MartletError {
        let what = version.map { "version \($0.prefix(100)) of \"\(model.prefix(256))\"" } ?? "\"\(model.prefix(256))\""
        return MartletError(
            .endpointNotFound,
            "No endpoint serves \(what). Deploy it first: POST /api/v1/mlflow/serving/deploy"
                + " {\"model_name\": …, \"version\": …}"
        )
    }
}
