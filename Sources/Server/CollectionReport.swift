import Artifacts
import Tracking

/// What a collection removed, or would remove, and what it kept.
package struct CollectionReport: Sendable {
    /// Of each list not more than this is told; the counts are of all.
    package static let listMax = 1000

    /// Things of one kind.
    package struct Things: Sendable {
        /// How many there are.
        package private(set) var count = 0
        /// The ids of the first of them.
        package private(set) var ids: [String] = []

        mutating func add(_ id: String) {
            count += 1
            if ids.count < CollectionReport.listMax { ids.append(id) }
        }
    }

    /// Something that stays, or whose files do, and why.
    package struct Remainder: Sendable {
        /// `run`, `logged_model`, `trace`, `experiment` or `artifacts`.
        package let kind: String
        /// Its id; of artifacts their folder.
        package let id: String
        /// Why it stays; of files that are elsewhere, where.
        package let reason: String
    }

    /// Remainders.
    package struct Remainders: Sendable {
        /// How many there are.
        package private(set) var count = 0
        /// The first of them.
        package private(set) var items: [Remainder] = []

        mutating func add(_ item: Remainder) {
            count += 1
            if items.count < CollectionReport.listMax { items.append(item) }
        }
    }

    /// Whether nothing was removed, and the report is of what would be.
    package let isDryRun: Bool
    /// Runs that are gone.
    package internal(set) var runs = Things()
    /// Logged models that are gone.
    package internal(set) var loggedModels = Things()
    /// Traces that are gone with their experiment.
    package internal(set) var traces = Things()
    /// Experiments that are gone.
    package internal(set) var experiments = Things()
    /// Folders of files whose run, logged model or trace was gone already.
    package internal(set) var orphans = Things()
    /// How many files are gone.
    package private(set) var fileCount = 0
    /// Their bytes together.
    package private(set) var byteCount: Int64 = 0
    /// Folders with more files than are counted; theirs are in neither number.
    package private(set) var uncountedFolders = 0
    /// Uploads that were never finished.
    package internal(set) var unfinishedUploads = 0
    /// Whether a collection that was interrupted left something to this one.
    package internal(set) var hasUnfinishedWork = false
    /// What stays although it is deleted.
    package internal(set) var kept = Remainders()
    /// What is gone, but whose files the server does not keep.
    package internal(set) var elsewhere = Remainders()
    /// What was asked for by name, and is not there.
    package internal(set) var missing = Things()

    /// Whether there is nothing to remove.
    package var isEmpty: Bool {
        let things = runs.count + loggedModels.count + traces.count + experiments.count + orphans.count
        return !hasUnfinishedWork && uncountedFolders == 0 && things + fileCount + unfinishedUploads == 0
    }

    mutating func add(_ outcome: PurgeOutcome) {
        for candidate in outcome.purged {
            switch candidate.id.kind {
            case .run: runs.add(candidate.id.text)
            case .loggedModel: loggedModels.add(candidate.id.text)
            case .trace: traces.add(candidate.id.text)
            case .experiment: experiments.add(candidate.id.text)
            case .artifacts: orphans.add(candidate.id.text)
            }
            if candidate.folder == nil, candidate.id.kind != .experiment {
                elsewhere.add(
                    Remainder(kind: candidate.id.kind.rawValue, id: candidate.id.text, reason: candidate.artifactURI)
                )
            }
        }
        for (candidate, reason) in outcome.kept {
            kept.add(Remainder(kind: candidate.id.kind.rawValue, id: candidate.id.text, reason: reason))
        }
    }

    mutating func add(_ volume: ArtifactVolume) {
        fileCount += volume.files
        byteCount += volume.bytes
        if !volume.isCounted { uncountedFolders += 1 }
    }
}
