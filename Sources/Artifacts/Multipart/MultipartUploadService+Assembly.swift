import Database
import Kernel
import ObjectStore

/// What is put together of what.
struct Assembly: Sendable {
    let upload: MultipartUpload
    /// In the order of their numbers.
    let parts: [UploadedPart]
    let composition: ContentDigest
}

extension MultipartUploadService {
    /// Reads the parts back into one object, which appears when its digest was noted.
    func putTogether(_ file: Assembly, _ admission: @escaping @Sendable (ContentDigest) async throws -> Void)
        async throws
    {
        let upload = file.upload
        do {
            try await artifacts.put(
                upload.key,
                from: PartBytes(parts: file.parts, upload: upload, objects: artifacts.objects),
                expectedLength: file.parts.reduce(0) { $0 + $1.size }
            ) { digest in
                try await admission(digest)
                try await seal(file, digest)
            }
            let now = artifacts.clock.now()
            try await artifacts.database.write { try MultipartUploadStore.complete(upload.id, at: now, on: $0) }
        } catch is CancellationError {
            throw MartletError(.aborted, "The upload of '\(upload.key)' was given up.")
        } catch {
            // Another server may have been asked too, been faster, and have removed the parts.
            let found = try await artifacts.database.read { try MultipartUploadStore.find(upload.id, on: $0) }
            guard let found, found.completedAt != nil, found.composition == file.composition else { throw error }
            return
        }
        // The file is there; parts that stay go with the next removal.
        _ = try? await removeParts(of: upload.id)
    }

    /// Notes what the file will be, unless the upload was given up or a part was sent again meanwhile.
    private func seal(_ file: Assembly, _ digest: ContentDigest) async throws {
        let now = artifacts.clock.now()
        try await artifacts.database.write { connection in
            guard let upload = try MultipartUploadStore.find(file.upload.id, on: connection), upload.expiresAt > now
            else {
                throw MartletError.noUpload
            }
            guard try MultipartUploadStore.parts(of: upload.id, on: connection) == file.parts else {
                throw MartletError(
                    .resourceConflict,
                    "A part of '\(upload.key)' was sent again meanwhile. Complete the upload with the new ETag."
                )
            }
            try MultipartUploadStore.seal(upload.id, file.composition, digest, on: connection)
        }
    }
}
