import Kernel

/// A transition request to be made.
package struct NewTransitionRequest: Sendable {
    /// The model's name.
    package var model: String
    /// The version's number, or its semantic version.
    package var version: String
    /// Where the version shall be.
    package var stage: String
    /// Whether the versions that are there go to Archived; the server decides when absent.
    package var archivesExisting: Bool?
    /// What must be done before somebody approves; no item twice.
    package var checklist: [TransitionRequest.ChecklistItem] = []
    /// Why.
    package var comment: String?

    /// A request to move `version` of `model` to `stage`.
    package init(model: String, version: String, stage: String) {
        self.model = model
        self.version = version
        self.stage = stage
    }

    var body: JSONObject {
        [
            "model_name": .string(model), "version": .string(version), "stage": .string(stage),
            "archive_existing_versions": archivesExisting.map { .boolean($0) } ?? .null,
            "checklist": .array(checklist.map(\.json)), "comment": .optional(comment),
        ]
    }
}
