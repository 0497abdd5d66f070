import Artifacts
import Hummingbird
import Kernel
import NIOCore
import ObjectStore
import Registry

/// Writes files in the folders of runs, where the server reaches them.
struct ArtifactWriter: Sendable {
    let artifacts: ArtifactService
    let root: ArtifactRoot
    let registry: RegistryService

    /// Looks whether something could be written below the folder `uri`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the folder is elsewhere, `RESOURCE_DOES_NOT_EXIST` when it is not there.
    func check(_ uri: String) async throws {
        _ = try await location(uri, "")
    }

    /// Writes `data` as the file `path` below the folder `uri`.
    ///
    /// - Throws: as ``check(_:)``; `INVALID_PARAMETER_VALUE` when the path is none; `PERMISSION_DENIED` when a model
    ///   version has other content there; what the store throws.
    func write(_ data: ByteBuffer, to path: String, below uri: String) async throws {
        let (store, location) = try await location(uri, path)
        let body = RequestBody(buffer: data)
        guard location.isOwn else {
            try await store.put(location.key, from: body)
            return
        }
        try await artifacts.put(location.key, from: body) { [registry] digest, connection in
            try registry.checkOverwriting(location.key, with: digest, on: connection)
        }
    }

    private func location(_ uri: String, _ path: String) async throws -> (any ObjectStore, ArtifactLocation) {
        guard let location = try await ArtifactLocation.find(uri, path, root: root, objects: artifacts.objects) else {
            throw MartletError(
                .invalidParameterValue,
                "The artifacts at '\(uri.prefix(200))' are not kept by this server; write them with a client."
            )
        }
        guard let store = location.store else {
            throw MartletError(.resourceDoesNotExist, "The folder of the artifacts is not there.")
        }
        return (store, location)
    }
}
