import Artifacts
import Database
import Kernel
import NIOCore
package import ObjectStore

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
        let key = try artifactKey(of: version, path: LoggedModelDocument.fileName)
        let reader = try await artifacts.objects.open(key)
        guard reader.size <= Int64(LoggedModelDocument.sizeBytesMax) else { throw LoggedModelDocument.tooLarge }
        var bytes: [UInt8] = []
        for try await chunk in reader.read() { bytes.append(contentsOf: chunk.readableBytesView) }
        let pinned = try await pinnedFiles(of: version).first { $0.path == LoggedModelDocument.fileName }
        guard pinned == nil || pinned?.digest == ContentDigest(of: bytes) else {
            throw MartletError(
                .resourceConflict,
                "The file \(LoggedModelDocument.fileName) of Model Version (name=\(version.modelName),"
                    + " version=\(version.number)) has changed since it was registered."
            )
        }
        return try LoggedModelDocument(yaml: bytes)
    }

    /// Where the file at `path`, relative to the version's folder, lies in the artifact storage.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the version's files lie elsewhere, or `path` leads out of its folder.
    package func artifactKey(of version: ModelVersion, path: String) throws -> ObjectKey {
        try artifactFolder(of: version).appending(decoded: path)
    }

    /// The folder in the artifact storage in which the version's files lie.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when they lie elsewhere.
    package func artifactFolder(of version: ModelVersion) throws -> ObjectKey {
        guard let folder = FilePinner.folder(version.storageLocation) else {
            throw RegistryRules.invalid(
                "The files of Model Version (name=\(version.modelName), version=\(version.number)) are not in the"
                    + " artifact storage of this server; register a version whose source is."
            )
        }
        return folder
    }
}
