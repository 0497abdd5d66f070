import Glibc
package import Kernel

/// An object as it was when it was opened: what is read is never another's, put under its key later.
package struct ObjectReader: Sendable {
    /// Bytes in the object.
    package let size: Int64
    /// When the object was stored.
    package let modified: Timestamp
    /// A strong entity tag for HTTP, quotes included: another object under the same key has another.
    package let etag: String
    private let source: ObjectSource

    init(size: Int64, modified: Timestamp, etag: String, source: ObjectSource) {
        self.size = size
        self.modified = modified
        self.etag = etag
        self.source = source
    }

    init(_ file: OpenFile, status: stat, threads: FileThreads) {
        let time = status.st_mtim
        self.init(
            size: Int64(status.st_size),
            modified: Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000),
            etag: status.entityTag,
            source: .file(file, threads)
        )
    }

    /// The bytes in `range`, or all of them, in chunks of at most 256 KiB; a chunk is read when it is asked for.
    ///
    /// - Parameter range: offsets in bytes; what lies beyond the object is left out.
    /// - Returns: the chunks, which may be iterated several times. Iterating throws `DATA_LOSS` when the file has
    ///   become shorter than it was, `INTERNAL_ERROR` when the disk fails; of an object in S3, `ABORTED` when it was
    ///   replaced, `TEMPORARILY_UNAVAILABLE` when the server can't be reached.
    package func read(_ range: Range<Int64>? = nil) -> ObjectBytes {
        ObjectBytes(source: source, etag: etag, range: (range ?? 0..<size).clamped(to: 0..<size))
    }
}

extension stat {
    /// The entity tag of the file: another file, or the same after it was written to, has another.
    var entityTag: String {
        let parts = [UInt64(st_ino), UInt64(st_size), UInt64(st_mtim.tv_sec), UInt64(st_mtim.tv_nsec)]
        return "\"" + parts.map { String($0, radix: 16) }.joined(separator: "-") + "\""
    }
}
