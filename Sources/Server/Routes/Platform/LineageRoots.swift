import Kernel
import Ledger
import Registry
import Tracking

/// Finds the thing whose lineage is asked for.
struct LineageRoots: Sendable {
    let lineage: LineageService
    let tracking: TrackingService
    let registry: RegistryService
    /// Whether runs and models lie in an MLflow server behind this one, so that one that is not here may be there.
    let isBeforeMLflow: Bool

    /// The thing that is meant by `id` among those of `kind`; a version of a model by its number, its semantic version or
    /// an alias.
    ///
    /// A thing that was removed is still found where something is known to have come of it.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` for the id of a version that can be none.
    func find(_ kind: LineageKind, _ id: String) async throws -> Subject {
        let subject = Subject(kind.rawValue, id)
        if kind == .modelVersion {
            do {
                return try await version(id).subject
            } catch let error as MartletError where isBeforeMLflow && error.code == .resourceDoesNotExist {
                return subject
            }
        }
        if try await isThere(kind, id) { return subject }
        if try await lineage.knows(subject) { return subject }
        throw MartletError(.resourceDoesNotExist, "There is no \(kind.rawValue) '\(id.prefix(1000))'.")
    }

    private func version(_ id: String) async throws -> ModelVersion {
        if let slash = id.lastIndex(of: "/") {
            let reference = try VersionReference(text: String(id[id.index(after: slash)...]))
            return try await registry.describedVersion(String(id[..<slash]), reference).version
        }
        guard let at = id.lastIndex(of: "@") else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid id '\(id.prefix(1000))' of a model_version. It must be the model's name with a number, a semantic"
                    + " version or an alias: fraud/3, fraud/1.4.0 or fraud@champion."
            )
        }
        return try await registry.version(String(id[..<at]), .alias(String(id[id.index(after: at)...])))
    }

    private func isThere(_ kind: LineageKind, _ id: String) async throws -> Bool {
        switch kind {
        case .run where isBeforeMLflow, .loggedModel where isBeforeMLflow: true
        case .run: try await tracking.hasRun(RunID(id))
        case .loggedModel: try await tracking.hasLoggedModel(LoggedModelID(id))
        // What has been deployed has an edge, and the others are nowhere but in the graph.
        case .modelVersion, .deletedModelVersion, .datasetVersion, .endpoint, .externalModel, .code: false
        }
    }
}
