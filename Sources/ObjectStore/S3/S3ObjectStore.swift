import Crypto
import Glibc
package import Kernel
import NIOCore
import NIOHTTP1

/// Objects in a folder of an S3 bucket.
///
/// A key is a path below the folder. An object appears whole or not at all, and is there once `put` has returned. There
/// are no folders of their own: a folder is there as long as something is in it. Several servers may share a bucket.
package final class S3ObjectStore: ObjectStore {
    let client: S3Client
    let cache: ObjectCache

    /// The store at `location`; copies of objects that are needed as files lie in `cache`.
    package init(location: S3Location, credentials: AWSCredentials, cache: ObjectCache, clock: WallClock) {
        client = S3Client(location: location, credentials: credentials, clock: clock)
        self.cache = cache
    }

    /// Asks whether the bucket is there and may be used.
    ///
    /// - Throws: ``S3Error``; `CancellationError`.
    package func checkBucket() async throws {
        _ = try await hasObjects(below: .root)
    }

    /// Opens an object for reading.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when nothing is there, `INVALID_PARAMETER_VALUE` for a folder. Reading throws
    ///   `ABORTED` when the object has been replaced meanwhile.
    package func open(_ key: ObjectKey) async throws -> ObjectReader {
        if let object = try await head(key) {
            return ObjectReader(
                size: object.size,
                modified: object.modified,
                etag: object.etag,
                source: .s3(client, key)
            )
        }
        guard try await !isFolder(key) else { throw MartletError.isNotFile(key) }
        throw MartletError.noSuchArtifact(key)
    }

    /// Whether an object or a folder is there.
    package func exists(_ key: ObjectKey) async throws -> Bool {
        if key.isRoot { return true }
        guard try await head(key) == nil else { return true }
        return try await isFolder(key)
    }

    /// The SHA-256 of an object, read from the server.
    ///
    /// - Returns: the digest, with size and tag of the object that was read.
    /// - Throws: what ``open(_:)`` and reading throw.
    package func digest(of key: ObjectKey) async throws -> StoredObject {
        let reader = try await open(key)
        var hash = SHA256()
        for try await buffer in reader.read() {
            // Gigabytes are hashed beside what Swift's few threads have to do.
            hash = try await cache.threads.run { [hash] in
                var hash = hash
                buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                return hash
            }
        }
        return StoredObject(size: reader.size, digest: ContentDigest(hash.finalize()), etag: reader.etag)
    }

    /// What is known of an object without reading it; nil when it is not there.
    func head(_ key: ObjectKey) async throws -> (size: Int64, modified: Timestamp, etag: String)? {
        guard !key.isRoot, client.location.isPossible(key) else { return nil }
        do {
            let headers = try await client.perform(S3Request(method: .HEAD, name: client.location.name(of: key)))
            guard let size = headers.first(name: "content-length").flatMap({ Int64($0) }),
                let etag = headers.first(name: "etag")
            else { throw S3Error(status: 200, code: "", operation: "HEAD \(key)", message: "no length or no tag") }
            return (size, Self.time(headers.first(name: "last-modified") ?? ""), etag)
        } catch let error as S3Error {
            if error.isMissing { return nil }
            throw MartletError(error, key: key)
        }
    }

    /// Whether something lies below `key`.
    func isFolder(_ key: ObjectKey) async throws -> Bool {
        guard client.location.isPossible(key) else { return false }
        return try await perform(key) { _ in try await hasObjects(below: key) }
    }

    private func hasObjects(below key: ObjectKey) async throws -> Bool {
        let query: [SignatureV4.Field] = [
            ("list-type", "2"), ("max-keys", "1"), ("prefix", client.location.folderName(of: key)),
        ]
        let page = try await client.document(S3Request(method: .GET, query: query))
        return !page.all("Contents").isEmpty
    }

    /// Runs `body` and tells the caller of `key` what the server refused.
    func perform<Value>(_ key: ObjectKey, _ body: (S3Client) async throws -> Value) async throws -> Value {
        do {
            return try await body(client)
        } catch let error as S3Error {
            throw MartletError(error, key: key)
        }
    }

    /// A time as HTTP writes it, `Wed, 21 Oct 2015 07:28:00 GMT`; 1970 when it can't be read.
    private static func time(_ text: String) -> Timestamp {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split { $0 == " " || $0 == ":" }
        let numbers = parts.map { Int32($0) }
        guard parts.count == 8, let day = numbers[1], let month = months.firstIndex(of: String(parts[2])),
            let year = numbers[3], let hour = numbers[4], let minute = numbers[5], let second = numbers[6]
        else { return Timestamp(milliseconds: 0) }
        var time = tm()
        (time.tm_year, time.tm_mon, time.tm_mday) = (year - 1900, Int32(month), day)
        (time.tm_hour, time.tm_min, time.tm_sec) = (hour, minute, second)
        return Timestamp(milliseconds: Int64(timegm(&time)) * 1000)
    }
}

/// Files of this machine.
extension S3ObjectStore {
    /// The folder of copies.
    package var localRoot: String { cache.root }

    /// Opens the copy of an object, which is made when there is none.
    ///
    /// - Throws: as ``ObjectStore/open(_:expecting:)``.
    package func open(_ key: ObjectKey, expecting digest: ContentDigest) async throws -> ObjectReader {
        try await cache.open(key, digest, from: self)
    }

    /// A folder with copies of `files`, which is removed when nobody holds it.
    ///
    /// - Throws: as ``ObjectStore/localFolder(_:files:)``.
    package func localFolder(_ folder: ObjectKey, files: [ObjectContent]) async throws -> LocalFolder {
        try await cache.folder(folder, files, from: self)
    }
}
