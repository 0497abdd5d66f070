import Kernel
package import ObjectStore

/// The folder in which a version's files lie.
package struct VersionFolder: Sendable {
    /// The store that holds it.
    package let store: any ObjectStore
    /// Its key there.
    package let key: ObjectKey
    /// Whether the store is the artifact storage of this server, in which the files of versions are kept as they are.
    package let isOwn: Bool

    /// The key of the file at `path`, relative to the folder.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when `path` leads out of it.
    package func key(of path: String) throws -> ObjectKey { try key.appending(decoded: path) }
}

/// A place outside the artifact storage that a URI names: a folder of this machine, or one of a bucket.
struct OutsideLocation: Sendable {
    /// nil for a folder of this machine.
    let bucket: String?
    /// The names on the way to it.
    let segments: [String]

    /// The place that `uri` names: an absolute path, `file:///…` or `s3://bucket/…`; nil for anything else, and for
    /// what has relative parts.
    init?(_ uri: String) {
        let parts = SourceURI(uri)
        switch parts.scheme {
        case "":
            guard uri.hasPrefix("/"), !uri.hasPrefix("//") else { return nil }
            self.init(bucket: nil, path: uri)
        case "file":
            guard ["", "localhost"].contains(parts.authority), parts.path.hasPrefix("/"),
                let path = PercentEncoding.decode(parts.path)
            else { return nil }
            self.init(bucket: nil, path: path)
        case "s3":
            guard !parts.authority.isEmpty else { return nil }
            self.init(bucket: parts.authority, path: parts.path)
        default: return nil
        }
    }

    private init?(bucket: String?, path: String) {
        // By scalars: a slash with a combining mark behind it is one character to Swift, and a slash to the system.
        let segments = path.unicodeScalars.split(separator: "/").map(String.init)
        guard !segments.contains("."), !segments.contains("..") else { return nil }
        self.bucket = bucket
        self.segments = segments
    }

    /// The names that lead from `root` to here; nil when this does not lie below it.
    func path(below root: OutsideLocation) -> ArraySlice<String>? {
        // By bytes, as the system compares: Swift's own comparison takes different spellings of a letter for the same.
        func bytes(_ names: some Sequence<String>) -> [[UInt8]] { names.map { Array($0.utf8) } }
        guard bucket == root.bucket, bytes(segments).starts(with: bytes(root.segments)) else { return nil }
        return segments.dropFirst(root.segments.count)
    }
}

/// A root outside the artifact storage below which the files of versions may be read.
package struct OutsideRoot: Sendable {
    let location: OutsideLocation
    let store: @Sendable () async throws -> (any ObjectStore)?

    /// The root at `uri`: an absolute path, `file:///…` or `s3://bucket/prefix`; nil for anything else.
    ///
    /// `store` answers the store whose root it is, nil while there is no such folder; it throws where none can be read.
    package init?(_ uri: String, store: @escaping @Sendable () async throws -> (any ObjectStore)?) {
        guard let location = OutsideLocation(uri) else { return nil }
        self.location = location
        self.store = store
    }
}

/// What this server may read outside its artifact storage: what lies below the roots that it was told of, and nothing
/// else, whatever a source names.
package struct OutsideSources: Sendable {
    private let roots: [OutsideRoot]

    /// What lies below `roots`.
    package init(_ roots: [OutsideRoot] = []) {
        self.roots = roots
    }

    /// Whether the place that `uri` names lies below a root.
    func hold(_ uri: String) -> Bool { find(uri) != nil }

    /// The folder that `uri` names; nil when it does not lie below a root.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the root is not there, `INVALID_PARAMETER_VALUE` for a name that no key
    ///   has and for a root that can't be read; `CancellationError`.
    package func folder(_ uri: String) async throws -> VersionFolder? {
        guard let (root, path) = find(uri) else { return nil }
        guard let store = try await root.store() else {
            throw MartletError(.resourceDoesNotExist, "the root of their folder is not there")
        }
        let key = path.isEmpty ? ObjectKey.root : try ObjectKey.root.appending(decoded: path.joined(separator: "/"))
        return VersionFolder(store: store, key: key, isOwn: false)
    }

    private func find(_ uri: String) -> (root: OutsideRoot, path: ArraySlice<String>)? {
        guard let location = OutsideLocation(uri) else { return nil }
        for root in roots {
            if let path = location.path(below: root.location) { return (root, path) }
        }
        return nil
    }
}
