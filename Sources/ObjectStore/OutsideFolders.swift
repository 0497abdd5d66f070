/// Stores in folders that somebody else keeps, and those folders themselves, all on the same threads.
package final class OutsideFolders: Sendable {
    let threads = FileThreads()

    /// Makes the threads; no folder is looked at.
    package init() {}

    /// The store in the folder at `path`; nil while the folder is not there.
    ///
    /// Nothing is made in the folder before something is put there. The recursive listings of a strict store refuse what
    /// they would else leave out: links that are not followed, and special files.
    /// - Throws: `CancellationError`.
    package func store(in path: String, isStrict: Bool = false) async throws -> LocalObjectStore? {
        try await threads.run { [threads] in
            ObjectTree(existing: path).map { LocalObjectStore(tree: $0, threads: threads, isStrict: isStrict) }
        }
    }
}
