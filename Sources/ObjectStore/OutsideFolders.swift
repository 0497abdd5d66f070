import Kernel

/// Stores in folders that somebody else keeps, and those folders themselves, all on the same threads.
package final class OutsideFolders: Sendable {
    let threads = FileThreads()
    private let own: [String]

    /// Makes the threads; no folder is looked at. What lies at the paths `own` is nobody else's: no store holds it.
    package init(apartFrom own: [String] = []) { self.own = own }

    /// Whether the folder at `path` is or holds what lies at `other`, wherever links lead; not while either is missing.
    package static func folder(_ path: String, holds other: String) -> Bool {
        ObjectTree(existing: path)?.leadsInside(other) ?? false
    }

    /// The store in the folder at `path`; nil while the folder is not there.
    ///
    /// Nothing is made in the folder before something is put there. The recursive listings of a strict store refuse what
    /// they would else leave out: links that are not followed, and special files.
    /// - Throws: `PERMISSION_DENIED` for a folder that holds what nobody else may read; `CancellationError`.
    package func store(in path: String, isStrict: Bool = false) async throws -> LocalObjectStore? {
        try await threads.run { [threads, own] in
            guard let tree = ObjectTree(existing: path) else { return nil }
            // Looked at each time, because the folder, or a link in its place, may be made at any time.
            guard !own.contains(where: tree.leadsInside) else {
                throw MartletError(
                    .permissionDenied,
                    "This folder holds the server's own files, so nothing in it is read or written."
                )
            }
            return LocalObjectStore(tree: tree, threads: threads, isStrict: isStrict)
        }
    }
}
