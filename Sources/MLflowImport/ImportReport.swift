/// What an import did, and whether both sides have the same now.
package struct ImportReport: Sendable {
    /// Both sides of one kind.
    package struct Comparison: Sendable {
        /// The kind.
        package let kind: ImportKind
        /// What MLflow has.
        package let source: RowDigest
        /// What Martlet has of it.
        package let target: RowDigest

        /// Whether both have the same rows.
        package var isEqual: Bool { source == target }
    }

    /// Whether only plans were made: the target's side is empty then.
    package let isPlan: Bool
    /// Kind by kind.
    package var comparisons: [Comparison] = []
    /// Tables of MLflow's that are not brought over, and how many rows are in each.
    package var leftOut: [(name: String, count: Int)] = []
    /// Roots of artifacts that stay where they are, and how many runs, logged models and traces have theirs there.
    package var leftInPlace: [(root: String, count: Int)] = []
    /// How many webhooks are disabled, for they came without the secret by which MLflow signs what it sends there.
    package var unsignedWebhooks = 0
    /// How many runs, logged models and traces have artifacts on MLflow's server, in a folder that nobody named.
    package var unfoundFolders = 0
    /// Files that could not be copied, for their names can't be kept, or they are links to folders; and folders of which
    /// nothing was copied, each with the reason.
    package var refusedFiles: [String] = []
    /// How many versions wait for a server that reads their files and pins them.
    package var pendingPins = 0
    /// Why versions are not pinned, and how many for each reason.
    package var unpinned: [(reason: String, count: Int)] = []

    /// Whether both sides are equal in everything.
    package var isEqual: Bool { isPlan || comparisons.allSatisfy(\.isEqual) }

    init(isPlan: Bool) {
        self.isPlan = isPlan
    }
}
