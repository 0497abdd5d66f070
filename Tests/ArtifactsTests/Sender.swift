import Artifacts
import Kernel
import ObjectStore
import Testing

/// An announced upload, and what sends to it.
struct Sender {
    let uploads: MultipartUploadService
    let key: ObjectKey
    let upload: NewMultipartUpload

    init(_ uploads: MultipartUploadService, _ key: String, parts: Int64) async throws {
        self.uploads = uploads
        self.key = try ObjectKey(key)
        upload = try await uploads.create(self.key, partCount: parts)
    }

    @discardableResult
    func put(_ number: Int64, _ text: String, secret: String? = nil) async throws -> NamedPart {
        let digest = try await uploads.putPart(
            number,
            of: upload.id,
            secret: secret ?? upload.secret,
            from: body(text),
            expectedLength: Int64(text.utf8.count)
        )
        #expect(digest == ContentDigest(of: text.utf8))
        return NamedPart(number: number, etag: "\"\(digest.hexadecimal)\"")
    }

    func complete(_ parts: [NamedPart]) async throws {
        try await uploads.complete(upload.id, at: key, of: parts)
    }

    func refusal(_ parts: [NamedPart]) async -> MartletError? {
        await #expect(throws: MartletError.self) { try await complete(parts) }
    }
}
