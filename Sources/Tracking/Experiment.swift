package import Kernel

/// A named set of runs.
package struct Experiment: Sendable {
    /// Its number.
    package let id: ExperimentID
    /// Its name, unique, deleted experiments included.
    package let name: String
    /// The URI of the folder under which its runs keep their artifacts.
    package let artifactLocation: String
    /// Whether it is active; a deleted one can be restored.
    package let isActive: Bool
    /// When it was created.
    package let createdAt: Timestamp
    /// When it was last renamed, deleted or restored.
    package let updatedAt: Timestamp
    /// Its tags in the order of their keys.
    package var tags: [Tag]

    /// The URI of the artifacts of what lies in `folder` below the experiment; a query stays at the end.
    func artifactURI(of folder: String) -> String {
        let parts = artifactLocation.split(separator: "?", maxSplits: 1)
        guard parts.count == 2 else { return "\(artifactLocation)/\(folder)/artifacts" }
        return "\(parts[0])/\(folder)/artifacts?\(parts[1])"
    }
}

/// A key and a text that somebody hung on something.
package struct Tag: Hashable, Sendable {
    /// The key.
    package let key: String
    /// The text.
    package let value: String

    /// `key` = `value`.
    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// Which of the active and the deleted a list holds.
package enum ViewType: String, Sendable, CaseIterable {
    case activeOnly = "ACTIVE_ONLY"
    case deletedOnly = "DELETED_ONLY"
    case all = "ALL"
}
