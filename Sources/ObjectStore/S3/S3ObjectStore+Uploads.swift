package import Kernel
import NIOHTTP1

/// Uploads in parts that were never finished: their parts lie in the bucket unseen, and cost their owner.
extension S3ObjectStore {
    /// How many uploads there are that began before `time`.
    ///
    /// - Throws: `INTERNAL_ERROR` and others when the server refuses.
    package func unfinishedUploads(before time: Timestamp) async throws -> Int {
        try await forEachUnfinishedUpload(before: time) { _, _ in }
    }

    /// Has the server forget uploads that began before `time`.
    ///
    /// - Returns: how many there were.
    /// - Throws: `INTERNAL_ERROR` and others when the server refuses.
    package func removeUnfinishedUploads(before time: Timestamp) async throws -> Int {
        try await forEachUnfinishedUpload(before: time) { name, id in try await abort(name, id) }
    }

    /// Hands over the name and the id of each; answers how many there were.
    private func forEachUnfinishedUpload(
        before time: Timestamp,
        _ body: (_ name: String, _ id: String) async throws -> Void
    ) async throws -> Int {
        let bound = time.iso8601.prefix(Self.secondsLength)
        let folder = client.location.folderName(of: .root)
        var count = 0
        var marker: [SignatureV4.Field] = []
        while true {
            let query: [SignatureV4.Field] = [("uploads", ""), ("prefix", folder)] + marker
            let page = try await perform(.root) { client in
                try await client.document(S3Request(method: .GET, query: query))
            }
            for upload in page.all("Upload") {
                guard let name = upload["Key"], let id = upload["UploadId"], let began = upload["Initiated"],
                    name.utf8.starts(with: folder.utf8), began.count >= Self.secondsLength,
                    began.prefix(Self.secondsLength) < bound
                else { continue }
                try await body(name, id)
                count += 1
            }
            guard page["IsTruncated"] == "true", let key = page["NextKeyMarker"] else { return count }
            marker = [("key-marker", key), ("upload-id-marker", page["NextUploadIdMarker"] ?? "")]
        }
    }

    /// `2026-01-31T12:00:00`: in UTC on both sides, so that texts compare as moments do.
    private static let secondsLength = 19

    private func abort(_ name: String, _ id: String) async throws {
        do {
            _ = try await client.perform(S3Request(method: .DELETE, name: name, query: [("uploadId", id)]))
        } catch let error as S3Error where error.isMissing {
            // Another collection was faster, or the upload has just been finished.
        } catch let error as S3Error {
            throw MartletError(error, key: .root)
        }
    }
}
