package import Database
package import Kernel
package import ObjectStore

/// What is to be removed for good: of what is deleted, all or only what is named.
package struct PurgeSelection: Sendable {
    /// Only what was deleted until then.
    package var deletedUntil: Timestamp
    /// Only these runs, and those of the named experiments; nil for all, empty for none.
    package var runIDs: [RunID]?
    /// Only these experiments; nil for all, empty for none.
    package var experimentIDs: [ExperimentID]?
    /// Only these logged models, and those of the named experiments; nil for all, empty for none.
    package var loggedModelIDs: [LoggedModelID]?

    /// Everything that was deleted until `deletedUntil`.
    package init(deletedUntil: Timestamp) {
        self.deletedUntil = deletedUntil
    }
}

/// Something that may be removed for good if nothing needs it.
package struct PurgeCandidate: Sendable {
    /// What it is.
    package enum Kind: String, Sendable, Comparable {
        case run
        case loggedModel = "logged_model"
        case trace
        case experiment
        /// Files whose run, logged model or trace is gone; the id is their folder.
        case artifacts

        package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
    }

    /// Which it is among the things of its kind.
    package struct ID: Hashable, Sendable {
        /// What it is.
        package let kind: Kind
        /// Its id.
        package let text: String

        /// The `text` among the things of `kind`.
        package init(_ kind: Kind, _ text: String) {
            self.kind = kind
            self.text = text
        }
    }

    /// Which it is.
    package let id: ID
    /// Where its files are in the server's store; nil when they are not there.
    package let folder: ObjectKey?
    /// Where its files are, as clients know it.
    package let artifactURI: String
    /// The experiment that it belongs to; nil for files, whose is not known.
    package let experimentID: ExperimentID?

    init(_ id: ID, folder: ObjectKey?, artifactURI: String, of experimentID: ExperimentID? = nil) {
        self.id = id
        self.folder = folder
        self.artifactURI = artifactURI
        self.experimentID = experimentID
    }
}

/// What came of some candidates.
package struct PurgeOutcome: Sendable {
    /// What is gone, or would be.
    package internal(set) var purged: [PurgeCandidate] = []
    /// What stays, and why.
    package internal(set) var kept: [(candidate: PurgeCandidate, reason: String)] = []

    /// Nothing.
    package init() {}
}

/// What the rooms to the right need, and where the server keeps files: what a purge must know from elsewhere.
package struct PurgeRules: Sendable {
    /// For each candidate that somebody needs, why it stays; asked in the transaction of the purge.
    package let reasonsToKeep: @Sendable ([PurgeCandidate], any SQLConnection) throws -> [PurgeCandidate.ID: String]
    /// The key of an artifact URI in the server's own store; nil when it lies elsewhere.
    package let ownFolder: @Sendable (String) -> ObjectKey?

    /// Rules by two functions.
    package init(
        reasonsToKeep: @escaping @Sendable ([PurgeCandidate], any SQLConnection) throws -> [PurgeCandidate.ID: String],
        ownFolder: @escaping @Sendable (String) -> ObjectKey?
    ) {
        self.reasonsToKeep = reasonsToKeep
        self.ownFolder = ownFolder
    }

    /// The folder of something's own that the server made: `…/ID/artifacts`, for a logged model
    /// `…/models/ID/artifacts` and for a trace `…/traces/ID/artifacts`; nil for any other.
    func madeFolder(_ uri: String, of id: PurgeCandidate.ID) -> ObjectKey? {
        guard let key = ownFolder(uri) else { return nil }
        let own =
            switch id.kind {
            case .loggedModel: ["models", id.text, "artifacts"]
            case .trace: ["traces", id.text, "artifacts"]
            case .run, .experiment, .artifacts: [id.text, "artifacts"]
            }
        guard key.segments.count > own.count, key.segments.suffix(own.count).elementsEqual(own) else { return nil }
        return key
    }
}
