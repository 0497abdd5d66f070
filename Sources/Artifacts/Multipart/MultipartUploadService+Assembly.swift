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
    func putTogether(_ file: Assembly, _ admission: @escaping ArtifactService.Admission) async throws {
        let upload = file.upload
        let clock = artifacts.clock
        let steps = UploadSteps(
            uploadID: upload.id,
            admission: { digest, connection in
                try admission(digest, connection)
                try Self.seal(file, digest, at: clock.now(), on: connection)
            },
            settlement: { connection in
                try MultipartUploadStore.complete(upload.id, file.composition, at: clock.now(), on: connection)
            }
        )
        do {
            try await artifacts.put(
                upload.key,
                from: PartBytes(parts: file.parts, upload: upload, objects: artifacts.objects),
                expectedLength: file.parts.reduce(0) { $0 + $1.size },
                steps
            )
        } catch is CancellationError {
            throw MartletError(.aborted, "The upload of '\(upload.key)' was given up.")
        } catch {
            guard try await isDone(file, after: error) else { throw error }
            return
        }
        // The file is there; parts that stay go with the next removal.
        _ = try? await removeParts(of: upload.id)
    }

    /// After a failure: whether the file is there all the same, because another server was asked too and was faster. Else
    /// parts may be sent again.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the upload is over; `error` when it can't be found out.
    private func isDone(_ file: Assembly, after error: any Error) async throws -> Bool {
        let id = file.upload.id
        let now = artifacts.clock.now()
        let found: MultipartUpload?
        do {
            found = try await artifacts.database.write { connection in
                if try !ArtifactReplacements.hasSealed(id, at: now, on: connection) {
                    try MultipartUploadStore.unseal(id, on: connection)
                }
                return try MultipartUploadStore.find(id, on: connection)
            }
        } catch is DatabaseError {
            throw error
        }
        guard let found, found.expiresAt > now else { throw MartletError.noUpload }
        return found.completedAt != nil && found.composition == file.composition
    }

    /// Notes what the file will be, unless the upload was given up or a part was sent again meanwhile.
    private static func seal(
        _ file: Assembly,
        _ digest: ContentDigest,
        at now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        guard let upload = try MultipartUploadStore.find(file.upload.id, on: connection), upload.expiresAt > now else {
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
