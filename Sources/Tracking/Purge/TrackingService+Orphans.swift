import Artifacts
import Database
import Kernel
package import ObjectStore

/// A folder of artifacts and the run, logged model or trace that it is named after.
package struct OwnedFolder: Hashable, Sendable {
    /// Whose it is.
    package let owner: PurgeCandidate.ID
    /// The folder, whose name is `artifacts`.
    package let folder: ObjectKey

    /// The folder that the server makes for a run, logged model or trace, and in which `file` lies; nil when it lies in
    /// none.
    ///
    /// - Parameter file: a file's key, as text.
    package init?(of file: String) {
        let segments = file.split(separator: "/").map(String.init)
        // `…/RUN/artifacts/…`, `…/models/MODEL/artifacts/…` or `…/traces/TRACE/artifacts/…`: the first such folder from
        // the top is the owner's.
        for place in segments.indices.dropFirst(2) where segments[place] == "artifacts" && place + 1 < segments.count {
            let id = segments[place - 1]
            let above = place > 2 ? segments[place - 2] : ""
            guard let kind = Self.kind(of: id, in: above) else { continue }
            guard let folder = try? ObjectKey.root.appending(decoded: segments[...place].joined(separator: "/")) else {
                return nil
            }
            owner = .init(kind, id)
            self.folder = folder
            return
        }
        return nil
    }

    private static func kind(of id: String, in above: String) -> PurgeCandidate.Kind? {
        if above == "models", isID(id, prefix: "m-") { return .loggedModel }
        if above == "traces", isID(id, prefix: "tr-") { return .trace }
        return isID(id, prefix: "") ? .run : nil
    }

    private static func isID(_ text: String, prefix: String) -> Bool {
        let digits = text.utf8.dropFirst(prefix.utf8.count)
        return text.hasPrefix(prefix) && digits.count == 32
            && digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

/// Files whose run, logged model or trace is gone.
extension TrackingService {
    /// Asks for the removal of those of `folders` whose owner is in no table and which nobody else needs.
    ///
    /// - Parameters:
    ///   - folders: at most some hundreds.
    ///   - rules: what others need.
    ///   - isDone: whether to ask; otherwise it is only said what would go.
    /// - Returns: whose removal is asked for, or would be, and what stays.
    /// - Throws: ``DatabaseError``.
    package func purgeOrphans(_ folders: [OwnedFolder], _ rules: PurgeRules, isDone: Bool) async throws -> PurgeOutcome
    {
        guard !folders.isEmpty else { return PurgeOutcome() }
        let gone = try await database.read { try KeptStore.gone(folders.map(\.owner), on: $0) }
        let orphans = folders.filter { gone.contains($0.owner) }
        guard !orphans.isEmpty else { return PurgeOutcome() }
        guard isDone else { return try await database.read { try Self.decide(orphans, rules, on: $0) } }
        return try await database.write { [clock] connection in
            let outcome = try Self.decide(orphans, rules, on: connection)
            try ArtifactRemovals.request(outcome.purged.compactMap(\.folder), at: clock.now(), on: connection)
            return outcome
        }
    }

    private static func decide(_ folders: [OwnedFolder], _ rules: PurgeRules, on connection: any SQLConnection) throws
        -> PurgeOutcome
    {
        let gone = try KeptStore.gone(folders.map(\.owner), on: connection)
        let requested = try ArtifactRemovals.requested(folders.map(\.folder), on: connection)
        let orphans = folders.filter { gone.contains($0.owner) && !requested.contains($0.folder) }
        let candidates = orphans.map { folder in
            let name = folder.folder.description
            return PurgeCandidate(
                .init(.artifacts, name),
                folder: folder.folder,
                artifactURI: "mlflow-artifacts:/\(name)"
            )
        }
        return outcome(candidates, try reasons(candidates, rules, on: connection))
    }
}
