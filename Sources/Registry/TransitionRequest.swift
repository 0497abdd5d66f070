package import Kernel
package import Ledger

/// A wish to move a version to another stage, which somebody else must approve.
package struct TransitionRequest: Sendable {
    /// How far it is.
    package enum State: String, Sendable, CaseIterable {
        case pending
        case approved
        case rejected
    }

    /// Its name for machines, 32 hexadecimal characters that sort by time.
    package let id: String
    /// The registered model of the version.
    package let modelName: String
    /// The version's number.
    package let number: Int
    /// The stage that it was in when the request was made.
    package let from: ModelStage
    /// The stage that it shall be in.
    package let to: ModelStage
    /// Whether the others of that stage go to the archive then.
    package let archivesOthers: Bool
    /// How far it is.
    package var state: State
    /// Who asks.
    package let requestedBy: Actor
    /// Since when.
    package let requestedAt: Timestamp
    /// What must be done before it is approved.
    package var checklist: [ChecklistItem]
    /// Who approved or rejected it.
    package var decidedBy: Actor?
    /// When.
    package var decidedAt: Timestamp?
    /// What was said about it, oldest first.
    package var comments: [Comment] = []

    /// What somebody said about a request.
    package struct Comment: Hashable, Sendable {
        /// Who.
        package let author: Actor
        /// When.
        package let at: Timestamp
        /// What.
        package let text: String
    }

    /// What the Ledger calls it.
    var subject: Subject { Subject("transition_request", id) }
}

/// One thing to be done before a request is approved.
package struct ChecklistItem: Hashable, Sendable {
    /// What is to be done.
    package let item: String
    /// Whether it is.
    package let isCompleted: Bool

    /// `item`, done or not.
    package init(item: String, isCompleted: Bool) {
        self.item = item
        self.isCompleted = isCompleted
    }
}

/// A request to be made.
package struct NewTransitionRequest: Sendable {
    /// The registered model.
    package var modelName: String
    /// Which version of it.
    package var version: VersionReference
    /// The stage that it shall be in.
    package var stage: ModelStage
    /// Whether the others of that stage shall go to the archive; nil for yes where `stage` is one of use.
    package var archivesOthers: Bool?
    /// What must be done before; no item twice.
    package var checklist: [ChecklistItem]
    /// Why; empty for no word.
    package var comment: String

    /// A request to move `version` of `modelName` to `stage`.
    package init(
        modelName: String,
        version: VersionReference,
        stage: ModelStage,
        archivesOthers: Bool? = nil,
        checklist: [ChecklistItem] = [],
        comment: String = ""
    ) {
        self.modelName = modelName
        self.version = version
        self.stage = stage
        self.archivesOthers = archivesOthers
        self.checklist = checklist
        self.comment = comment
    }
}

/// Which requests a list shows.
package struct TransitionRequestFilter: Sendable {
    /// Those of this model alone.
    package var modelName: String?
    /// Those of the version with this number alone.
    package var number: Int?
    /// Those in this state alone.
    package var state: TransitionRequest.State?

    /// Those of `modelName`, of its version `number`, in `state`, as far as each is given.
    package init(modelName: String? = nil, number: Int? = nil, state: TransitionRequest.State? = nil) {
        self.modelName = modelName
        self.number = number
        self.state = state
    }
}
