import Kernel
import ObjectStore

/// Where the files behind an artifact URI are: which object of which store.
struct ArtifactLocation: Sendable {
    /// nil while the folder that clients write to is not there.
    let store: (any ObjectStore)?
    let key: ObjectKey
    /// Whether the store is the server's own, in which the files of versions are kept as they are.
    let isOwn: Bool

    /// What lies at `path` below the folder `uri`.
    ///
    /// Only the server's own store and the folder that it was told of at its start are ever looked into: a URI is
    /// what some client wrote.
    /// - Throws: `INVALID_PARAMETER_VALUE` when the folder is elsewhere or the path is not one.
    static func find(
        _ uri: String,
        _ path: String = "",
        root: ArtifactRoot,
        objects: any ObjectStore
    ) async throws -> ArtifactLocation {
        let lower = path.isEmpty ? nil : try ObjectKey(path)
        if let rest = below(ArtifactRoot.ownScheme, uri), !rest.hasPrefix("//") {
            return ArtifactLocation(store: objects, key: try key(rest, lower), isOwn: true)
        }
        if let rest = below(root.uri, uri) {
            switch root.place {
            case .store(let folder):
                return ArtifactLocation(store: objects, key: try key("\(folder)/\(rest)", lower), isOwn: true)
            case .folder(let folder):
                let store = try await root.folders?.store(in: folder)
                return ArtifactLocation(store: store, key: try key(rest, lower), isOwn: false)
            case .elsewhere: break
            }
        }
        throw MartletError(
            .invalidParameterValue,
            "The artifacts at '\(uri.prefix(200))' are not kept by this server; read them with a client."
        )
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
