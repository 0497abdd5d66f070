package import Kernel

/// What a version's files were when it was registered.
package enum FilePin: Hashable, Sendable {
    /// They were listed and hashed; this is the digest of that list.
    case pinned(ContentDigest)
    /// They are being read, or are to be: what was in the way of the last attempt, nil before its end.
    case pending(problem: String?)
    /// They could not be: why, in words for the one who wants to deploy the version.
    case unpinned(reason: String)

    /// The state as the API names it: `pinned`, `pending` or `failed`.
    package var state: String {
        switch self {
        case .pinned: "pinned"
        case .pending: "pending"
        case .unpinned: "failed"
        }
    }

    /// The pin in a line: the digest, or why there is none.
    var summary: String {
        switch self {
        case .pinned(let digest): digest.description
        case .pending: "pending"
        case .unpinned(let reason): "unpinned: \(reason)"
        }
    }
}

/// One file of a version as it was when the version was registered.
package struct PinnedFile: Hashable, Sendable {
    /// Its path relative to the version's folder.
    package let path: String
    /// Its size.
    package let sizeBytes: Int64
    /// The digest of its content.
    package let digest: ContentDigest

    /// The file at `path` with so many bytes and this digest.
    package init(path: String, sizeBytes: Int64, digest: ContentDigest) {
        self.path = path
        self.sizeBytes = sizeBytes
        self.digest = digest
    }
}

/// The files of a version: what they were, and the one digest that stands for all of them.
package struct FileManifest: Sendable {
    /// The files in the order of their paths' code points.
    let files: [PinnedFile]

    /// The manifest of `files`, in any order.
    package init(_ files: [PinnedFile]) {
        self.files = files.sorted { $0.path.unicodeScalars.lexicographicallyPrecedes($1.path.unicodeScalars) }
    }

    /// SHA-256 of the canonical JSON `[[path, size, sha256], …]`.
    package var digest: ContentDigest {
        let rows = files.map { file in
            JSON.array([.string(file.path), .integer(file.sizeBytes), .string(file.digest.hexadecimal)])
        }
        return ContentDigest(of: JSON.array(rows).canonicalText.utf8)
    }
}
