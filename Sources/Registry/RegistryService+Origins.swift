import Artifacts
package import Database
import Kernel
import Ledger
import ObjectStore
package import Tracking

/// What versions need of what is to be removed for good.
extension RegistryService {
    /// For each of `candidates` that a version needs, why it stays; in a transaction of the caller's.
    ///
    /// - Throws: ``DatabaseError``.
    package func reasonsToKeep(_ candidates: [PurgeCandidate], on connection: any SQLConnection) throws
        -> [PurgeCandidate.ID: String]
    {
        func ids(_ kind: PurgeCandidate.Kind) -> [String] { candidates.filter { $0.id.kind == kind }.map(\.id.text) }
        var needs: [(id: PurgeCandidate.ID, version: Subject, how: String)] = []
        for need in try OriginStore.versions(ofRuns: ids(.run), on: connection) {
            needs.append((.init(.run, need.of), need.version, "comes from it"))
        }
        for need in try OriginStore.versions(ofLoggedModels: ids(.loggedModel), on: connection) {
            needs.append((.init(.loggedModel, need.of), need.version, "comes from it"))
        }
        let owners = Dictionary(
            candidates.compactMap { candidate in candidate.folder.map { ($0.description, candidate.id) } }
        ) { first, _ in first }
        for need in try OriginStore.versions(ofFolders: candidates.compactMap(\.folder), on: connection) {
            guard let id = owners[need.of] else { continue }
            needs.append((id, need.version, "has files in it"))
        }
        let users = try InUseStore.holders(
            of: "model_version",
            Set(needs.map(\.version.id)).sorted(),
            on: connection
        )
        var reasons: [PurgeCandidate.ID: String] = [:]
        for need in needs where reasons[need.id] == nil {
            let user = users[need.version.id].map { ", which \($0.kind) '\($0.id)' uses," } ?? ""
            reasons[need.id] = "model version \(need.version.id)\(user) \(need.how)"
        }
        return reasons
    }

    /// What came of a reading at `location`, in the transaction that writes it: the pin waits for another reading when a
    /// file was replaced meanwhile, or is about to be removed.
    ///
    /// Files that others keep are not known here from one moment to the next, so their pin stays.
    func confirmed(_ outcome: FilePinner.Outcome, at location: String, on connection: any SQLConnection) throws
        -> FilePinner.Outcome
    {
        guard case .pinned = outcome.pin, try !areStill(outcome.files, at: location, on: connection) else {
            return outcome
        }
        return .without(.pending(problem: "a file was replaced or removed while it was read"))
    }

    /// Whether `files` are what lies at `location`, and will stay there.
    private func areStill(_ files: [PinnedFile], at location: String, on connection: any SQLConnection) throws -> Bool {
        guard let folder = FilePinner.folder(location) else { return true }
        return try !ArtifactRemovals.touch(folder, on: connection)
            && artifacts.holds(Self.contents(files), below: folder, on: connection)
    }

    private static func contents(_ files: [PinnedFile]) -> [ObjectContent] {
        files.map { ObjectContent(path: $0.path, digest: $0.digest) }
    }

    /// Refuses a version whose run, logged model or files were removed for good, or whose files were replaced, since they
    /// were looked at.
    func checkNotRemoved(
        _ origin: VersionOrigin,
        _ seen: SeenOrigin,
        _ manifest: FilePinner.Outcome,
        on connection: any SQLConnection
    ) throws {
        if seen.hasRun, let id = origin.runID, try tracking.run(id, on: connection) == nil {
            throw MartletError(.resourceDoesNotExist, "Run with id=\(id) not found")
        }
        if seen.hasLoggedModel, let id = origin.loggedModelID, try tracking.loggedModel(id, on: connection) == nil {
            throw VersionOrigin.missing(id)
        }
        guard !manifest.files.isEmpty, let folder = FilePinner.folder(origin.storageLocation) else { return }
        let isThere =
            try !ArtifactRemovals.touch(folder, on: connection)
            && artifacts.recordedCount(below: folder, on: connection) >= manifest.files.count
        guard isThere else {
            throw MartletError(
                .resourceConflict,
                "The files of the version were removed while it was being registered: '\(folder)'"
            )
        }
        guard try artifacts.holds(Self.contents(manifest.files), below: folder, on: connection) else {
            // What is replaced now was admitted when no version was pinned to it.
            throw MartletError(
                .temporarilyUnavailable,
                "A file of the version was replaced while it was being registered; try again: '\(folder)'"
            )
        }
    }
}

/// What of a version's origin was there when it was resolved.
struct SeenOrigin: Sendable {
    let hasRun: Bool
    let hasLoggedModel: Bool
}
