import Kernel
import Registry

/// A model that was loaded before the turn of the change that wants it, so that no other change waits for it.
///
/// When it turns out not to be wanted it ends with its last reference, and its processes with it.
struct PreparedModel: Sendable {
    let model: LoadedModel
    let digest: ContentDigest
    private let version: ModelVersion
    private let settings: EndpointSettings

    /// What `loader` makes of `version`.
    ///
    /// - Throws: as ``ModelLoader/load(_:_:)``.
    init(_ version: ModelVersion, _ settings: EndpointSettings, by loader: ModelLoader) async throws {
        let loaded = try await loader.load(version, settings)
        model = loaded.model
        digest = loaded.digest
        self.version = version
        self.settings = settings
    }

    /// Whether it is what would be loaded for `version`, as it is now, and `settings`.
    func isStill(_ version: ModelVersion, _ settings: EndpointSettings) -> Bool {
        self.version.modelName == version.modelName && self.version.number == version.number
            && version.pin == .pinned(digest) && self.settings == settings
    }
}

extension ServingService {
    /// Loads those of `versions` whose models are not there for `served`. Before the turn in which they are wanted.
    ///
    /// - Throws: as ``ModelLoader/load(_:_:)``.
    func prepare(_ versions: [ModelVersion], at served: ServedEndpoint) async throws -> [PreparedModel] {
        let settings = try await self.settings(served.endpoint.name)
        var prepared: [PreparedModel] = []
        for version in versions {
            let isPrepared = prepared.contains { $0.isStill(version, settings) }
            if isPrepared || modelAtHand(of: version, at: served) != nil { continue }
            prepared.append(try await PreparedModel(version, settings, by: loader))
        }
        return prepared
    }

    /// The model of `version`, which may be loaded at the endpoint already, may still be, or may be among those that were
    /// prepared; else it is loaded.
    func model(
        of version: ModelVersion,
        at served: ServedEndpoint,
        _ prepared: [PreparedModel]
    ) async throws -> (model: LoadedModel, digest: ContentDigest) {
        if let found = modelAtHand(of: version, at: served) { return found }
        let settings = try await self.settings(served.endpoint.name)
        if let ready = prepared.first(where: { $0.isStill(version, settings) }) { return (ready.model, ready.digest) }
        return try await loader.load(version, settings)
    }

    private func modelAtHand(
        of version: ModelVersion,
        at served: ServedEndpoint
    ) -> (model: LoadedModel, digest: ContentDigest)? {
        guard case .pinned(let digest) = version.pin else { return nil }
        let identity = Variant.Identity(modelName: version.modelName, version: version.number, digest: digest)
        let there = served.variants.first { $0.variant.identity == identity }?.model
        return (there ?? kept.model(of: identity, for: served.endpoint.name)).map { ($0, digest) }
    }
}
