import Kernel
import ObjectStore
import Registry

/// Where the files behind an artifact URI are: which object of which store.
struct ArtifactLocation: Sendable {
    /// nil while the folder that clients write to is not there.
    let store: (any ObjectStore)?
    let key: ObjectKey
    /// Whether the store is the server's own, in which the files of versions are kept as they are.
    let isOwn: Bool

    /// What lies at `path` below the folder `uri`, where the server may write; nil when the folder is elsewhere.
    ///
    /// Only the server's own store and the folder that it was told of at its start are ever written to: a URI is
    /// what some client wrote.
    /// - Throws: `INVALID_PARAMETER_VALUE` when the path is not one; `CancellationError`.
    static func find(
        _ uri: String,
        _ path: String = "",
        root: ArtifactRoot,
        objects: any ObjectStore
    ) async throws -> ArtifactLocation? {
        let lower = path.isEmpty ? nil : try ObjectKey(path)
        if let own = try ownKey(uri, lower, root: root) {
            return ArtifactLocation(store: objects, key: own, isOwn: true)
        }
        if let rest = below(root.uri, uri), case .folder(let folder) = root.place {
            let store = try await root.folders?.store(in: folder)
            return ArtifactLocation(store: store, key: try key(rest, lower), isOwn: false)
        }
        return nil
    }

    /// What lies at `path` below the folder `uri`, where the server only reads; nil when the folder is elsewhere.
    ///
    /// Only what lies below the roots that the server was told of at its start is ever read.
    /// - Throws: `INVALID_PARAMETER_VALUE` when the path is not one, or the root is a bucket without credentials;
    ///   `CancellationError`.
    static func find(_ uri: String, _ path: String, in outside: OutsideSources) async throws -> ArtifactLocation? {
        let lower = path.isEmpty ? ObjectKey.root : try ObjectKey(path)
        let folder: VersionFolder?
        do {
            folder = try await outside.folder(uri)
        } catch let error as MartletError where error.code == .resourceDoesNotExist {
            return ArtifactLocation(store: nil, key: lower, isOwn: false)
        }
        guard let folder else { return nil }
        return ArtifactLocation(store: folder.store, key: try folder.key.appending(lower), isOwn: false)
    }

    /// The key of what is `lower` below the folder `uri` in the server's own store; nil when that is elsewhere.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the path is not one.
    static func ownKey(_ uri: String, _ lower: ObjectKey? = nil, root: ArtifactRoot) throws -> ObjectKey? {
        if let rest = below(ArtifactRoot.ownScheme, uri), !rest.hasPrefix("//") { return try key(rest, lower) }
        guard let rest = below(root.uri, uri), case .store(let folder) = root.place else { return nil }
        return try key("\(folder)/\(rest)", lower)
    }

    /// The folder `uri` in the server's own store; nil when it is elsewhere, or no path of a store.
    static func ownFolder(_ uri: String, root: ArtifactRoot) -> ObjectKey? {
        guard !uri.contains("?") else { return nil }
        do { return try ownKey(uri, root: root) } catch { return nil }
    }

    /// What follows `root` in `uri`, nil when it does not lie below.
    private static func below(_ root: String, _ uri: String) -> Substring? {
        guard uri.utf8.starts(with: root.utf8) else { return nil }
        let rest = uri.dropFirst(root.count)
        return rest.isEmpty || rest.hasPrefix("/") ? rest : nil
    }

    private static func key(_ folder: some StringProtocol, _ lower: ObjectKey?) throws -> ObjectKey {
        let path = folder.split(separator: "/").joined(separator: "/")
        let folder = path.isEmpty ? ObjectKey.root : try ObjectKey(path)
        return try lower.map { try folder.appending($0) } ?? folder
    }
}
