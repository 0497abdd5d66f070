import Kernel
import Martlet
import Registry
import Serving

/// A version whose files are pinned, as a server tells of it: what may predict on this machine.
struct PinnedVersion: Sendable {
    /// The version, and the digest of all its files.
    let model: BatchModel
    /// The files as they were when it was registered.
    let files: [PinnedFile]

    /// The version `number` of the model `name`.
    ///
    /// - Throws: ``ClientError``, also for a version that is not pinned.
    init(_ number: String, of name: String, _ client: MartletClient) async throws {
        let found = try await client.versionFiles(number, of: name)
        guard found.pinState == "pinned", let version = Int(number), let digest = ContentDigest(found.digest) else {
            let why = found.unpinnedReason.isEmpty ? "" : ": \(found.unpinnedReason)"
            throw ClientError(
                .refused,
                "Version \(number) of '\(name)' is \(found.pinState == "pending" ? "still being read" : "not pinned")"
                    + "\(why).",
                remedy: "Only a version whose files were hashed predicts; `martlet versions pin` has them read."
            )
        }
        files = try found.files.map { file in
            guard let digest = ContentDigest(file.digest) else {
                throw ClientError(.refused, "The server tells no digest of the file '\(file.path)'.")
            }
            return PinnedFile(path: file.path, sizeBytes: file.sizeBytes, digest: digest)
        }
        model = BatchModel(name: name, version: version, digest: digest)
    }

    /// Brings its files to `folder`, where a loader looks for them.
    ///
    /// - Throws: ``ClientError``.
    func fetch(to folder: String, _ client: MartletClient) async throws {
        for file in files {
            let place = try ArtifactPath.place(of: file.path, from: "")
            let chunks = try await client.download(file.path, ofVersion: String(model.version), of: model.name)
            let path = BatchModelLoader.place(of: place, in: folder)
            try await LocalFile(path).replace(with: chunks) { _ in }
        }
    }
}
