package import Kernel
package import NIOCore
package import ObjectStore

/// An object store that does what a test says at moments that last long only on bad days.
package struct HeldObjectStore: ObjectStore {
    /// A moment in which others may do something.
    package enum Moment: Sendable {
        /// All bytes of an upload are there, and nobody has admitted them.
        case beforeAdmission
        /// They were admitted, and are not seen yet.
        case beforeAppearance
        /// They are seen, and who sent them does not know yet.
        case afterAppearance
        /// Something is about to be deleted.
        case beforeDeletion
        /// An object was read to its end, and who asked for its digest does not know it yet.
        case afterReading
    }

    private let base: any ObjectStore
    private let hold: @Sendable (Moment, ObjectKey) async throws -> Void

    /// The store `base`, which waits for `hold` at each moment and throws its errors.
    package init(_ base: any ObjectStore, _ hold: @escaping @Sendable (Moment, ObjectKey) async throws -> Void) {
        self.base = base
        self.hold = hold
    }

    package func put<Body: AsyncSequence & Sendable>(
        _ key: ObjectKey,
        from body: Body,
        expectedLength: Int64?,
        admission: @Sendable (ContentDigest) async throws -> Void
    ) async throws -> StoredObject where Body.Element == ByteBuffer {
        let stored = try await base.put(key, from: body, expectedLength: expectedLength) { digest in
            try await hold(.beforeAdmission, key)
            try await admission(digest)
            try await hold(.beforeAppearance, key)
        }
        try await hold(.afterAppearance, key)
        return stored
    }

    package func delete(_ key: ObjectKey) async throws {
        try await hold(.beforeDeletion, key)
        try await base.delete(key)
    }

    package func digest(of key: ObjectKey) async throws -> StoredObject {
        let read = try await base.digest(of: key)
        try await hold(.afterReading, key)
        return read
    }

    package func open(_ key: ObjectKey) async throws -> ObjectReader { try await base.open(key) }

    package func open(_ key: ObjectKey, expecting digest: ContentDigest) async throws -> ObjectReader {
        try await base.open(key, expecting: digest)
    }

    package func list(_ key: ObjectKey, recursive: Bool) async throws -> [ObjectListing] {
        try await base.list(key, recursive: recursive)
    }

    package func exists(_ key: ObjectKey) async throws -> Bool { try await base.exists(key) }

    package func unfinishedUploads(before time: Timestamp) async throws -> Int {
        try await base.unfinishedUploads(before: time)
    }

    package func removeUnfinishedUploads(before time: Timestamp) async throws -> Int {
        try await base.removeUnfinishedUploads(before: time)
    }

    package func removeParts(before time: Timestamp, keeping uploads: Set<String>) async throws -> Int {
        try await base.removeParts(before: time, keeping: uploads)
    }

    package func localFolder(_ folder: ObjectKey, files: [ObjectContent]) async throws -> LocalFolder {
        try await base.localFolder(folder, files: files)
    }

    package var localRoot: String { base.localRoot }
}
