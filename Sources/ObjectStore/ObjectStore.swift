package import Kernel
package import NIOCore

/// Where artifacts are kept: objects under keys, streamed in and out.
///
/// An object appears whole or not at all, survives a loss of power once `put` has returned, and is never changed in
/// place. There are two: ``LocalObjectStore`` and ``S3ObjectStore``.
package protocol ObjectStore: Sendable {
    /// Stores what `body` yields under `key`, in place of what was there.
    ///
    /// - Parameters:
    ///   - key: where to; the folders on the way are made.
    ///   - body: the bytes; its error is thrown on, and nothing is stored.
    ///   - expectedLength: the bytes that must arrive, nil when unknown.
    ///   - admission: asked with their digest once all bytes are there and before they appear under `key`; its error is
    ///     thrown on, and nothing is stored.
    /// - Returns: size, digest and tag, once the object is there to stay.
    /// - Throws: `INVALID_PARAMETER_VALUE` when the length is another, or when `key` is the root, a folder or below a
    ///   file; `TEMPORARILY_UNAVAILABLE` when the storage is full or can't be reached; `CancellationError`.
    @discardableResult
    func put<Body: AsyncSequence & Sendable>(
        _ key: ObjectKey,
        from body: Body,
        expectedLength: Int64?,
        admission: @Sendable (ContentDigest) async throws -> Void
    ) async throws -> StoredObject where Body.Element == ByteBuffer

    /// Opens an object for reading.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when nothing is there, `INVALID_PARAMETER_VALUE` for a folder.
    func open(_ key: ObjectKey) async throws -> ObjectReader

    /// Opens an object that should have `digest`; from a copy on this machine where it is kept on another.
    ///
    /// - Throws: as ``open(_:)``; `RESOURCE_CONFLICT` when a copy had to be made and the object has another digest.
    func open(_ key: ObjectKey, expecting digest: ContentDigest) async throws -> ObjectReader

    /// What a folder holds, in byte order of the names; nothing for a file and for what is missing.
    ///
    /// - Parameters:
    ///   - key: the folder.
    ///   - recursive: whether to list what is in its folders too, in one list.
    /// - Returns: at most ``ObjectListing/countMax`` entries.
    /// - Throws: `RESOURCE_EXHAUSTED` when there are more than ``ObjectListing/countMax`` entries.
    func list(_ key: ObjectKey, recursive: Bool) async throws -> [ObjectListing]

    /// Whether an object or a folder is there.
    func exists(_ key: ObjectKey) async throws -> Bool

    /// The SHA-256 of an object, read to its end, with the size and tag of what was read.
    ///
    /// - Throws: what ``open(_:)`` and reading throw.
    func digest(of key: ObjectKey) async throws -> StoredObject

    /// Removes an object, or a folder with all that is in it. It is well when nothing is there.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for the root.
    func delete(_ key: ObjectKey) async throws

    /// How much ``removeUnfinishedUploads(before:)`` would remove.
    ///
    /// - Throws: `INTERNAL_ERROR` when the storage can't be read.
    func unfinishedUploads(before time: Timestamp) async throws -> Int

    /// Removes what uploads left behind that began before `time` and were never finished; in storage that others use
    /// too, theirs may be among them.
    ///
    /// - Returns: how many there were.
    /// - Throws: `INTERNAL_ERROR` when the storage can't be read; as ``delete(_:)``.
    func removeUnfinishedUploads(before time: Timestamp) async throws -> Int

    /// Removes folders of parts into which nothing came since `time`, but for those of `uploads`, which go on.
    ///
    /// - Returns: how many there were.
    /// - Throws: `INTERNAL_ERROR` when the storage can't be read; as ``delete(_:)``.
    func removeParts(before time: Timestamp, keeping uploads: Set<String>) async throws -> Int

    /// A folder of this machine in which `files` lie at their paths, for engines that open files themselves.
    ///
    /// - Parameters:
    ///   - folder: the folder of the store in which they lie.
    ///   - files: which files, and the digests that they must have.
    /// - Returns: a folder to be held as long as its files are opened.
    /// - Throws: `RESOURCE_CONFLICT` when a file has another digest; what ``open(_:)`` and reading throw.
    func localFolder(_ folder: ObjectKey, files: [ObjectContent]) async throws -> LocalFolder

    /// The folder of this machine below which all local folders lie.
    var localRoot: String { get }
}

extension ObjectStore {
    /// Stores what `body` yields, however long it is.
    @discardableResult
    package func put<Body: AsyncSequence & Sendable>(
        _ key: ObjectKey,
        from body: Body,
        expectedLength: Int64? = nil
    ) async throws -> StoredObject where Body.Element == ByteBuffer {
        try await put(key, from: body, expectedLength: expectedLength, admission: { _ in })
    }

    /// What lies directly in a folder.
    package func list(_ key: ObjectKey) async throws -> [ObjectListing] {
        try await list(key, recursive: false)
    }
}

/// What `put` stored, or a reading found.
package struct StoredObject: Hashable, Sendable {
    /// Bytes in the object.
    package let size: Int64
    /// The SHA-256 of its bytes.
    package let digest: ContentDigest
    /// The entity tag under which it can be read.
    package let etag: String
}

/// One entry of a folder.
package struct ObjectListing: Hashable, Sendable {
    /// More entries than this are not listed at once.
    package static let countMax = 100_000

    /// The name in the listed folder; in a recursive listing, the path from there.
    package let name: String
    /// Whether it is a folder.
    package let isDirectory: Bool
    /// Bytes, nil for a folder.
    package let size: Int64?
    /// The entity tag of the object, nil for a folder.
    package let etag: String?
}

/// A file that is wanted, and what must be in it.
package struct ObjectContent: Hashable, Sendable {
    /// Its path below the folder that is asked for.
    package let path: String
    /// The digest that it must have.
    package let digest: ContentDigest

    /// The file at `path` with `digest`.
    package init(path: String, digest: ContentDigest) {
        self.path = path
        self.digest = digest
    }
}

/// What every store says in the same words.
extension MartletError {
    static func noSuchArtifact(_ key: ObjectKey) -> MartletError {
        MartletError(.resourceDoesNotExist, "No such artifact: '\(key)'")
    }

    static func isNotFile(_ key: ObjectKey) -> MartletError {
        MartletError(.invalidParameterValue, "Artifact path refers to a directory, not a file: '\(key)'")
    }

    static func isBelowFile(_ key: ObjectKey) -> MartletError {
        MartletError(.invalidParameterValue, "'\(key)' lies below a file, not a folder")
    }

    static func otherLength(_ key: ObjectKey, announced: Int64, size: Int64) -> MartletError {
        let came = size > announced ? "more" : "\(size)"
        return MartletError(.invalidParameterValue, "'\(key)' was announced with \(announced) bytes; \(came) came")
    }

    static func otherContent(_ key: ObjectKey) -> MartletError {
        MartletError(.resourceConflict, "'\(key)' is not what it was: its SHA-256 differs")
    }

    static func tooManyListings(_ key: ObjectKey) -> MartletError {
        MartletError(
            .resourceExhausted,
            "'\(key)' holds more than \(ObjectListing.countMax) artifacts; list the folders in it one by one"
        )
    }
}
