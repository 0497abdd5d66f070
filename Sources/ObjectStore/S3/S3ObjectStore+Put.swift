import Crypto
package import Kernel
package import NIOCore
import NIOHTTP1

extension S3ObjectStore {
    /// Stores what `body` yields under `key`, in place of what was there.
    ///
    /// Bytes go to the server in parts of 8 MiB and more; `body` is asked for more only when a part has arrived, and one
    /// part is held. Of puts to one key at the same time, the last to finish stays. One that was admitted goes on when
    /// its task is cancelled.
    /// - Parameters: as ``ObjectStore/put(_:from:expectedLength:admission:)``.
    /// - Returns: size, digest and tag, once the server keeps the object.
    /// - Throws: `INVALID_PARAMETER_VALUE` when the length is another, or when `key` is the root, a folder, below a
    ///   file, or with the store's prefix longer than S3 allows; `TEMPORARILY_UNAVAILABLE` when the server can't be reached; `CancellationError`.
    @discardableResult
    package func put<Body: AsyncSequence & Sendable>(
        _ key: ObjectKey,
        from body: Body,
        expectedLength: Int64?,
        admission: @Sendable (ContentDigest) async throws -> Void
    ) async throws -> StoredObject where Body.Element == ByteBuffer {
        guard !key.isRoot, client.location.isPossible(key) else { throw ObjectKey.invalid }
        try await checkPlace(of: key)
        var upload = S3Upload(client: client, name: client.location.name(of: key))
        do {
            var hash = SHA256()
            var size: Int64 = 0
            for try await buffer in body {
                size += Int64(buffer.readableBytes)
                if let expectedLength, size > expectedLength { break }
                buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                try await upload.append(buffer)
            }
            try Task.checkCancellation()
            if let expectedLength, size != expectedLength {
                throw MartletError.otherLength(key, announced: expectedLength, size: size)
            }
            let digest = ContentDigest(hash.finalize())
            try await admission(digest)
            // Once it was admitted there is no way back: broken off in the middle, nobody would know whether it is there.
            let etag = try await Task { [upload] in
                var upload = upload
                return try await upload.finish()
            }
            .value
            return StoredObject(size: size, digest: digest, etag: etag)
        } catch {
            // What is cut short must not go on costing its owner.
            await upload.abort()
            if let error = error as? S3Error { throw MartletError(error, key: key) }
            throw error
        }
    }

    /// Refuses a key at which a folder lies, and one below a file, as a folder of files does.
    private func checkPlace(of key: ObjectKey) async throws {
        // Where no client's key leads, nothing can stand in the way.
        guard !key.isReserved else { return }
        guard try await !isFolder(key) else { throw MartletError.isNotFile(key) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var parent = key.parent
            var asked = 0
            while !parent.isRoot {
                if asked >= Self.looksAtOnceMax, try await group.next() == true { throw MartletError.isBelowFile(key) }
                group.addTask { [parent] in try await self.head(parent) != nil }
                parent = parent.parent
                asked += 1
            }
            for try await isFile in group where isFile { throw MartletError.isBelowFile(key) }
        }
    }

    /// How many folders on the way to a key are looked at side by side.
    private static let looksAtOnceMax = 4
}

/// An upload, in one request when it is short, else in parts.
struct S3Upload {
    /// The size of the first thousand parts; later ones are larger, so that 10,000 hold 400 GiB.
    private static let partBytes = 8 << 20
    private static let partsOfOneSize = 1000

    let client: S3Client
    let name: String
    private var id: String?
    private var tags: [String] = []
    private var size: Int64 = 0
    private var part = ByteBuffer()

    init(client: S3Client, name: String) {
        self.client = client
        self.name = name
    }

    /// Takes more bytes, and sends a part when there are enough for one.
    mutating func append(_ buffer: ByteBuffer) async throws {
        part.writeImmutableBuffer(buffer)
        size += Int64(buffer.readableBytes)
        guard part.readableBytes >= Self.partBytes * (1 + tags.count / Self.partsOfOneSize) else { return }
        if id == nil {
            let answer = try await client.document(S3Request(method: .POST, name: name, query: [("uploads", "")]))
            guard let given = answer["UploadId"], !given.isEmpty else { throw fault("no id of the upload") }
            id = given
        }
        try await sendPart()
    }

    /// Sends what is left and makes the object appear; answers its tag.
    mutating func finish() async throws -> String {
        guard let id else {
            let headers = try await client.perform(S3Request(method: .PUT, name: name, body: part))
            guard let tag = headers.first(name: "etag") else { throw fault("no tag of the object") }
            return tag
        }
        if part.readableBytes > 0 { try await sendPart() }
        let parts = tags.enumerated().map { index, tag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(XMLNode.escaped(tag))</ETag></Part>"
        }
        let body = "<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>"
        let request = S3Request(method: .POST, name: name, query: [("uploadId", id)], body: ByteBuffer(string: body))
        let tag: String?
        do {
            tag = try await client.document(request)["ETag"]
        } catch let error as S3Error where error.code == "NoSuchUpload" && error.isRepetition {
            // It was finished before, and the answer was lost.
            tag = try await finishedTag()
            guard tag != nil else { throw error }
        }
        guard let tag else { throw fault("no tag of the object") }
        self.id = nil
        return tag.hasPrefix("\"") ? tag : "\"\(tag)\""
    }

    /// The tag of the object that lies under the name, if it is made of as many bytes and of such parts as this upload;
    /// nil for another.
    private func finishedTag() async throws -> String? {
        let headers = try await client.perform(S3Request(method: .HEAD, name: name))
        guard let tag = headers.first(name: "etag"), headers.first(name: "content-length") == String(size),
            wholeTag.map({ $0 == tag }) ?? tag.hasSuffix("-\(tags.count)\"")
        else { return nil }
        return tag
    }

    /// The tag that S3 makes of the MD5s of the parts; nil when the parts' tags are none.
    private var wholeTag: String? {
        var hash = Insecure.MD5()
        for tag in tags {
            let digits = Array(tag.utf8.filter { $0 != UInt8(ascii: "\"") })
            let sum = stride(from: 0, to: digits.count - 1, by: 2).compactMap { place in
                UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16)
            }
            guard digits.count == 2 * Insecure.MD5.byteCount, sum.count == Insecure.MD5.byteCount else { return nil }
            hash.update(data: sum)
        }
        return "\"\(Hexadecimal.text(hash.finalize()))-\(tags.count)\""
    }

    /// Has the server forget the parts that it has. Best effort: the caller needs its first error.
    func abort() async {
        guard let id else { return }
        let request = S3Request(method: .DELETE, name: name, query: [("uploadId", id)])
        // In a task of its own: that of the upload may have been cancelled.
        await Task { [client] in _ = try? await client.perform(request) }.value
    }

    private mutating func sendPart() async throws {
        let query: [SignatureV4.Field] = [("partNumber", String(tags.count + 1)), ("uploadId", id ?? "")]
        let headers = try await client.perform(S3Request(method: .PUT, name: name, query: query, body: part))
        guard let tag = headers.first(name: "etag") else { throw fault("no tag of a part") }
        tags.append(tag)
        part.clear()
    }

    private func fault(_ message: String) -> S3Error {
        S3Error(status: 200, code: "", operation: "upload \(name)", message: message)
    }
}
