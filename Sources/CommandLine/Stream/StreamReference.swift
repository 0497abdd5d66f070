import Kernel
import Martlet
import Serving

/// Which version answers a stream: a reference that a person gave, or what an endpoint serves.
enum StreamReference: Sendable, Hashable {
    case model(ModelReference)
    case endpoint(String)

    /// What is meant at a moment.
    struct Meaning: Sendable, Hashable {
        let name: String
        let version: String
        /// What the answers are held to; nil for nothing.
        let contract: Serving.Contract?
    }

    /// Whether it may mean another version later.
    var moves: Bool {
        if case .model(let reference) = self, case .number = reference.selector { false } else { true }
    }

    /// What it means now.
    ///
    /// - Throws: ``ClientError``.
    func meaning(_ client: MartletClient) async throws -> Meaning {
        switch self {
        case .model(let reference):
            return Meaning(name: reference.name, version: try await client.number(of: reference), contract: nil)
        case .endpoint(let name):
            let endpoint = try await client.endpoint(name)
            let contract = endpoint.hasContract ? try Self.contract(try await client.contract(name).json) : nil
            return Meaning(name: endpoint.modelName, version: endpoint.modelVersion, contract: contract)
        }
    }

    private static func contract(_ told: JSON) throws -> Serving.Contract {
        let rules = ["inputs", "outputs"].compactMap { side in told.member([side]).map { (side, $0) } }
        do {
            return try Serving.Contract(JSONObject(rules))
        } catch let error as MartletError {
            throw ClientError(.refused, "The endpoint's contract can't be read: \(error.message)")
        }
    }
}
