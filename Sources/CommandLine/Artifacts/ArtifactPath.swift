import Martlet

/// Paths among the artifacts of a run.
///
/// They are split by scalars: a slash and a combining mark behind it are one `Character`, which the file system takes
/// for a slash all the same.
enum ArtifactPath {
    /// A path without slashes around it, and with one where several stood.
    static func trimmed(_ path: String) -> String {
        parts(path).filter { !$0.isEmpty }.joined(separator: "/")
    }

    /// The folder in which a trimmed path lies; empty for the root.
    static func parent(of path: String) -> String {
        parts(path).dropLast().joined(separator: "/")
    }

    /// Where a file goes below the target folder, as it lay below `parent`, which is trimmed; never outside of it,
    /// whatever the server says.
    ///
    /// - Throws: ``ClientError`` for a path that leads elsewhere.
    static func place(of path: String, from parent: String) throws(ClientError) -> String {
        let (parts, above) = (parts(path), parent.isEmpty ? [] : parts(parent))
        let isSafe = parts.allSatisfy { !["", ".", ".."].contains($0) && !$0.unicodeScalars.contains("\0") }
        guard isSafe, parts.starts(with: above), parts.count > above.count else {
            throw ClientError(.refused, "The server names a file '\(path)', which does not belong in the folder.")
        }
        return parts.dropFirst(above.count).joined(separator: "/")
    }

    private static func parts(_ path: String) -> [String] {
        path.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    }
}
