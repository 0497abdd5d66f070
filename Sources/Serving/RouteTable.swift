import Kernel

/// An endpoint with what it takes to answer. It never changes: a new deployment makes another one.
package final class ServedEndpoint: Sendable {
    /// The endpoint.
    package let endpoint: Endpoint
    /// Its model; nil unless the endpoint is ready.
    let model: LoadedModel?
    /// What it has done; the same object as before, if the endpoint has been there before.
    let statistics: EndpointStatistics

    init(_ endpoint: Endpoint, model: LoadedModel?, statistics: EndpointStatistics) {
        self.endpoint = endpoint
        self.model = model
        self.statistics = statistics
    }

    /// What it has done until now, and what the processes of its model do.
    var snapshot: EndpointStatistics.Snapshot {
        var snapshot = statistics.snapshot
        snapshot.workers = model?.workers
        return snapshot
    }
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
        byModel = Dictionary(grouping: endpoints) { $0.endpoint.modelName }.mapValues { served in
            served.sorted { left, right in
                let isLeftOwn = left.endpoint.name == left.endpoint.modelName
                let isRightOwn = right.endpoint.name == right.endpoint.modelName
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
    /// It must serve `version`, a number in digits, if one is given.
    /// - Throws: `ENDPOINT_NOT_FOUND` that tells how to deploy.
    func route(model: String, version: String?) throws -> ServedEndpoint {
        func serves(_ served: ServedEndpoint) -> Bool {
            guard let version else { return true }
            return Int(version) == served.endpoint.version && version.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        if let named = byName[model], serves(named) { return named }
        if let served = byModel[model]?.first(where: serves) { return served }
        let what = version.map { "version \($0.prefix(100)) of \"\(model.prefix(256))\"" } ?? "\"\(model.prefix(256))\""
        throw MartletError(
            .endpointNotFound,
            "No endpoint serves \(what). Deploy it first: POST /api/v1/mlflow/serving/deploy"
                + " {\"model_name\": …, \"version\": …}"
        )
    }
}
