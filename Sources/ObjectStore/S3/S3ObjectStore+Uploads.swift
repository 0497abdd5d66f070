package import Kernel
import NIOHTTP1

/// Uploads in parts that were never finished: their parts lie in the bucket unseen, and cost their owner.
extension S3ObjectStore {
    /// How many uploads into the store's folder there are that began before `time`, whoever began them.
    ///
    /// - Throws: `INTERNAL_ERROR` and others when the server refuses.
    package func unfinishedUploads(before time: Timestamp) async throws -> Int {
        try await forEachUnfinishedUpload(before: time.iso8601.prefix(Self.secondsLength)) { _, _ in }
    }

    /// Has the server forget uploads into the store's folder that began before `time`, whoever began them.
    ///
    /// - Returns: how many there were.
    /// - Throws: `INTERNAL_ERROR` and others when the server refuses.
    package func removeUnfinishedUploads(before time: Timestamp) async throws -> Int {
        let bound = time.iso8601.prefix(Self.secondsLength)
        return try await forEachUnfinishedUpload(before: bound) { name, id in try await abort(name, id) }
    }

    /// Hands over the name and the id of each; answers how many there were.
    private func forEachUnfinishedUpload(
        before bound: Substring,
        _ body: (_ name: String, _ id: String) async throws -> Void
    ) async throws -> Int {
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

    /// Removes folders of parts into which nothing came since `time`.
    package func removeParts(before time: Timestamp, keeping uploads: Set<String>) async throws -> Int {
        let bound = time.iso8601.prefix(Self.secondsLength)
        let folder = client.location.folderName(of: .uploads)
        var newest: [String: Substring] = [:]
        try await eachPage(of: folder, in: .root, isFlat: true) { page in
            for object in page.all("Contents") {
                guard let name = Self.name(object["Key"], of: page, in: folder), name.hasPrefix(ObjectKey.partsPrefix),
                    let changed = object["LastModified"], changed.count >= Self.secondsLength
                else { continue }
                let upload = String(name.dropFirst(ObjectKey.partsPrefix.count).prefix { $0 != "/" })
                newest[upload] = max(newest[upload] ?? "", changed.prefix(Self.secondsLength))
            }
        }
        var count = 0
        for (upload, changed) in newest where changed < bound && !uploads.contains(upload) {
            guard ObjectKey.isPlain(upload) else { continue }
            try await delete(.parts(of: upload))
            count += 1
        }
        return count
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
