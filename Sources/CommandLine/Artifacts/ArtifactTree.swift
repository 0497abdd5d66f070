import Martlet

/// The files of a run, walked folder by folder.
struct ArtifactTree {
    let client: MartletClient
    let run: String

    /// What lies directly in a folder, or the file itself when `path` is one.
    ///
    /// - Throws: ``ClientError``, also when there is neither.
    func entries(of path: String) async throws -> [Artifact] {
        let path = ArtifactPath.trimmed(path)
        let entries = try await client.artifacts(of: run, in: path).gather(nil).items
        return entries.isEmpty && !path.isEmpty ? [try await entry(path)].filter { !$0.isFolder } : entries
    }

    /// All files below a folder, or the file itself when `path` is one, folder by folder.
    ///
    /// - Throws: ``ClientError``, also when there is neither.
    func files(below path: String) async throws -> [Artifact] {
        var files: [Artifact] = []
        var waiting = try await entries(of: path)[...]
        while let next = waiting.popFirst() {
            if next.isFolder {
                waiting.append(contentsOf: try await client.artifacts(of: run, in: next.path).gather(nil).items)
            } else {
                files.append(next)
            }
        }
        return files
    }

    /// The file or folder at `path`, which is not empty.
    ///
    /// - Throws: ``ClientError``, also when there is neither.
    func entry(_ path: String) async throws -> Artifact {
        let siblings = try await client.artifacts(of: run, in: ArtifactPath.parent(of: path)).gather(nil).items
        guard let found = siblings.first(where: { $0.path == path }) else {
            throw ClientError(
                .notFound,
                "Run \(run) has no artifact '\(path)'.",
                remedy: "'martlet artifacts list \(run)' shows those that it has."
            )
        }
        return found
    }
}
