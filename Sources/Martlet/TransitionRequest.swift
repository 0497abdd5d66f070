package import Kernel

/// A wish to move a version to another stage, as the server describes it.
package struct TransitionRequest: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its id: 32 hexadecimal characters.
    package var id: String { text("id") }
    /// The model of the version.
    package var modelName: String { text("model_name") }
    /// The version's number.
    package var version: String { text("version") }
    /// The stage in which the version was when somebody asked.
    package var fromStage: String { text("from_stage") }
    /// The stage that it shall be in.
    package var stage: String { text("stage") }
    /// Whether the other versions of that stage go to Archived then.
    package var archivesExisting: Bool { json.member(["archive_existing_versions"]) == .boolean(true) }
    /// `pending`, `approved` or `rejected`.
    package var state: String { text("state") }
    /// Who asked.
    package var requestedBy: String { text("requested_by") }
    /// When it was asked.
    package var requestedAt: Timestamp? { time("requested_at") }
    /// Who approved or rejected it; empty before.
    package var decidedBy: String { text("decided_by") }
    /// When it was approved or rejected.
    package var decidedAt: Timestamp? { time("decided_at") }
    /// What must be done before it is approved, in the order of the request.
    package var checklist: [ChecklistItem] {
        (json.member(["checklist"])?.arrayValue ?? []).map { item in
            ChecklistItem(
                item: item.member(["item"])?.stringValue ?? "",
                isCompleted: item.member(["completed"]) == .boolean(true)
            )
        }
    }
    /// What was said about it, oldest first.
    package var comments: [Comment] { (json.member(["comments"])?.arrayValue ?? []).map { Comment($0) } }
}

extension TransitionRequest {
    /// One thing to be done before a request is approved.
    package struct ChecklistItem: Sendable, Hashable {
        /// What is to be done.
        package var item: String
        /// Whether it is done.
        package var isCompleted: Bool

        /// `item`, done or not.
        package init(item: String, isCompleted: Bool) {
            self.item = item
            self.isCompleted = isCompleted
        }

        var json: JSON { ["item": .string(item), "completed": .boolean(isCompleted)] }
    }

    /// What somebody said about a request.
    package struct Comment: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// Who said it.
        package var author: String { text("author") }
        /// When it was said.
        package var saidAt: Timestamp? { time("at") }
        /// What was said.
        package var words: String { text("text") }
    }
}
