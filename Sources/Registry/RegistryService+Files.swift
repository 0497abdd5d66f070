import Artifacts
import Database
import Kernel
import NIOCore
import ObjectStore

/// The files of versions.
extension RegistryService {
    /// The files of a version as they were when it was registered, in the order of their paths; none without a pin.
    ///
    /// - Throws: ``DatabaseError``.
    package func pinnedFiles(of version: ModelVersion) async throws -> [PinnedFile] {
        try await database.read { try ModelVersionStore.files(of: version, on: $0) }
    }

    /// What a version's `MLmodel` says.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the files lie elsewhere or `MLmodel` can't be read as one,
    ///   `RESOURCE_DOES_NOT_EXIST` without that file, `RESOURCE_CONFLICT` when it is not the one that was registered.
    package func model(of version: ModelVersion) async throws -> LoggedModelDocument {
        let folder = try await folder(of: version)
        let reader = try await folder.store.open(folder.key(of: LoggedModelDocument.fileName))
        guard reader.size <= Int64(LoggedModelDocument.sizeBytesMax) else { throw LoggedModelDocument.tooLarge }
        var bytes: [UInt8] = []
        for try await chunk in reader.read() { bytes.append(contentsOf: chunk.readableBytesView) }
        let pinned = try await pinnedFiles(of: version).first { $0.path == LoggedModelDocument.fileName }
        // Outside, nothing keeps a file from being added to those that were read.
        guard pinned == nil && folder.isOwn || pinned?.digest == ContentDigest(of: bytes) else {
            throw MartletError(
                .resourceConflict,
                "The file \(LoggedModelDocument.fileName) of Model Version (name=\(version.modelName),"
                    + " version=\(version.number)) has changed since it was registered."
            )
        }
        return try LoggedModelDocument(yaml: bytes)
    }

    /// The folder in which the version's files lie; outside the artifact storage only where they are pinned.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when they lie where this server does not read, `RESOURCE_DOES_NOT_EXIST` when
    ///   the root above them is not there.
    package func folder(of version: ModelVersion) async throws -> VersionFolder {
        if let key = FilePinner.folder(version.storageLocation) {
            return VersionFolder(store: artifacts.objects, key: key, isOwn: true)
        }
        if case .pinned = version.pin, let folder = try await outside.folder(version.storageLocation) { return folder }
        throw RegistryRules.invalid(
            "The files of Model Version (name=\(version.modelName), version=\(version.number)) are not in the"
                + " artifact storage of this server; register a version whose source is."
        )
    }
}
