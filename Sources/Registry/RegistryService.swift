package import Artifacts
package import Database
package import Kernel
package import Ledger
import Synchronization
package import Tracking

/// The model registry: registered models, their versions, stages, aliases and tags, by MLflow's rules.
///
/// Every change is recorded as an activity in its own transaction, under the topics `models` and `model:NAME`.
package final class RegistryService: Sendable {
    let database: any SQLDatabase
    let tracking: TrackingService
    let artifacts: ArtifactService
    let activities: ActivityLog
    let clock: WallClock
    let onVersionCreated: @Sendable (ModelVersion) async -> Void
    let outside: OutsideSources
    /// Rings when the files of a version are to be read; one ``VersionPinner`` listens.
    let (pinsWanted, pinBell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let ids = Mutex(TimeOrderedIDs())

    var pinner: FilePinner { FilePinner(artifacts: artifacts, outside: outside) }

    /// A registry in `database`, whose versions' files lie in `artifacts`, or in `outside`, where others keep them.
    ///
    /// `onVersionCreated` is called after a version is committed and before ``createVersion(_:by:)`` answers.
    package init(
        database: any SQLDatabase,
        tracking: TrackingService,
        artifacts: ArtifactService,
        activities: ActivityLog,
        clock: WallClock,
        outside: OutsideSources = OutsideSources(),
        onVersionCreated: @escaping @Sendable (ModelVersion) async -> Void = { _ in }
    ) {
        self.database = database
        self.tracking = tracking
        self.artifacts = artifacts
        self.activities = activities
        self.clock = clock
        self.outside = outside
        self.onVersionCreated = onVersionCreated
    }

    /// The version of `modelName` that `selector` means, with tags and aliases.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when there is none, `INVALID_PARAMETER_VALUE` for a bad name.
    package func version(_ modelName: String, _ selector: VersionSelector) async throws -> ModelVersion {
        try RegistryRules.checkModelName(modelName)
        return try await database.read { try Self.find(modelName, selector, on: $0) }
    }

    /// The digests of those of `versions` that are registered and pinned; one look at the database for each 10,000.
    ///
    /// - Throws: ``DatabaseError``.
    package func digests(of versions: Set<VersionNumber>) async throws -> [VersionNumber: ContentDigest] {
        try await database.read { try Self.digests(of: versions, on: $0) }
    }

    /// The digests of those of `versions` that are registered and pinned, as a transaction sees them.
    ///
    /// - Throws: ``DatabaseError``.
    package static func digests(of versions: Set<VersionNumber>, on connection: any SQLConnection) throws
        -> [VersionNumber: ContentDigest]
    {
        let versions = Array(versions)
        var digests: [VersionNumber: ContentDigest] = [:]
        for start in stride(from: 0, to: versions.count, by: 10_000) {
            let some = versions[start..<min(start + 10_000, versions.count)]
            digests.merge(try ModelVersionStore.digests(of: some, on: connection)) { $1 }
        }
        return digests
    }
}

/// A version by its model's name and its number.
package struct VersionNumber: Hashable, Sendable {
    let modelName: String
    let number: Int

    /// Version `number` of `modelName`, which need not be there.
    package init(modelName: String, number: Int) {
        self.modelName = modelName
        self.number = number
    }
}

extension RegistryService {
    /// The number of the version of `modelName` that `text` names, by its semantic version or by the number itself,
    /// which may be nobody's.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when no version is called so; `INVALID_PARAMETER_VALUE` when `text` is
    ///   neither, and for a bad name.
    package func versionNumber(_ text: String, of modelName: String) async throws -> Int {
        guard let semantic = try? SemanticVersion(text: text) else { return try RegistryRules.versionNumber(text) }
        return try await version(modelName, .semantic(semantic)).number
    }
}

/// What the verbs share.
extension RegistryService {
    /// A new id that sorts after those before it.
    func nextID(at time: Timestamp) -> String {
        var generator = SystemRandomNumberGenerator()
        return ids.withLock { $0.next(at: time, using: &generator) }
    }

    /// The version that `reference` names, with tags and aliases.
    static func find(_ modelName: String, named reference: VersionReference, on connection: any SQLConnection) throws
        -> ModelVersion
    {
        switch reference {
        case .number(let number): try find(modelName, .number(number), on: connection)
        case .semantic(let version): try find(modelName, .semantic(version), on: connection)
        }
    }

    static func find(
        _ modelName: String,
        _ selector: VersionSelector,
        on connection: any SQLConnection
    ) throws -> ModelVersion {
        if case .number(let number) = selector {
            guard let version = try ModelVersionStore.find(modelName, number, on: connection) else {
                throw versionNotFound(modelName, String(number))
            }
            return version
        }
        guard try RegisteredModelStore.exists(modelName, on: connection) else { throw modelNotFound(modelName) }
        let found: (version: ModelVersion?, missing: String)
        switch selector {
        case .number: found = (nil, "")
        case .semantic(let semantic):
            let number = try VersionDocumentStore.number(of: semantic, modelName, on: connection)
            found = (
                try number.flatMap { try ModelVersionStore.find(modelName, $0, on: connection) },
                versionNotFound(modelName, semantic.text).message
            )
        case .stage(let stage):
            found = (
                try ModelVersionStore.newest(modelName, in: stage, on: connection),
                "No versions of model with name '\(modelName)' and stage '\(stage.rawValue)' found"
            )
        case .alias(let alias):
            let number = try ModelAliasStore.find(alias, of: modelName, on: connection)
            found = (
                try number.flatMap { try ModelVersionStore.find(modelName, $0, on: connection) },
                "Registered model alias \(alias) not found."
            )
        case .latest:
            found = (
                try ModelVersionStore.newest(modelName, in: nil, on: connection),
                "No versions of model with name '\(modelName)' found"
            )
        }
        guard let version = found.version else { throw MartletError(.resourceDoesNotExist, found.missing) }
        return version
    }

    static func modelNotFound(_ name: String) -> MartletError {
        MartletError(.resourceDoesNotExist, "Registered Model with name=\(name) not found")
    }

    static func versionNotFound(_ modelName: String, _ version: String) -> MartletError {
        MartletError(.resourceDoesNotExist, "Model Version (name=\(modelName), version=\(version)) not found")
    }

    func record(
        _ action: String,
        model name: String,
        _ details: JSONObject = JSONObject(),
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let topics = ["models", "model:\(name)"]
        let details = try Self.marked(details, ifPrompt: name, on: connection)
        try activities.record(
            NewActivity(actor, action, Subject("registered_model", name), details: details, topics: topics),
            on: connection
        )
    }

    func record(
        _ action: String,
        version: ModelVersion,
        _ details: JSONObject = JSONObject(),
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let topics = ["models", "model:\(version.modelName)"]
        let details = try Self.marked(details, ifPrompt: version.modelName, on: connection)
        try activities.record(
            NewActivity(actor, action, version.subject, details: details, topics: topics),
            on: connection
        )
    }

    /// `details`, with a mark when the model is a prompt, as which webhooks must know it.
    private static func marked(_ details: JSONObject, ifPrompt name: String, on connection: any SQLConnection) throws
        -> JSONObject
    {
        guard try RegisteredModelStore.isPrompt(name, on: connection) else { return details }
        var details = details
        details["prompt"] = true
        return details
    }

    /// What is told of a model that is made.
    static func createdDetails(_ new: NewRegisteredModel) -> JSONObject {
        var details = JSONObject()
        details.add(description: new.description, tags: new.tags)
        return details
    }
}

extension JSONObject {
    /// Adds what was said of a thing when it was made.
    mutating func add(description: String?, tags: [Tag]) {
        if let description, !description.isEmpty { self["description"] = .string(description) }
        guard !tags.isEmpty else { return }
        var values = JSONObject()
        for tag in tags { values[tag.key] = .string(tag.value) }
        self["tags"] = .object(values)
    }
}
