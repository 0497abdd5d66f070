import Glibc
package import Kernel
package import NIOCore

/// An object as it was when it was opened: a later `put` or `delete` of its key does not change what is read.
package struct ObjectReader: Sendable {
    /// Bytes in the object.
    package let size: Int64
    /// When the object was stored.
    package let modified: Timestamp
    /// A strong entity tag for HTTP, quotes included: another object under the same key has another.
    package let etag: String
    private let file: OpenFile
    private let threads: FileThreads

    init(_ file: OpenFile, status: stat, threads: FileThreads) {
        size = Int64(status.st_size)
        let time = status.st_mtim
        modified = Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
        let parts = [UInt64(status.st_ino), UInt64(status.st_size), UInt64(time.tv_sec), UInt64(time.tv_nsec)]
        etag = "\"" + parts.map { String($0, radix: 16) }.joined(separator: "-") + "\""
        self.file = file
        self.threads = threads
    }

    /// The bytes in `range`, or all of them, in chunks of 256 KiB; a chunk is read when it is asked for.
    ///
    /// - Parameter range: offsets in bytes; what lies beyond the object is left out.
    /// - Returns: the chunks, which may be iterated several times. Iterating throws `DATA_LOSS` when the file has
    ///   become shorter than it was, `INTERNAL_ERROR` when the disk fails.
    package func read(_ range: Range<Int64>? = nil) -> ObjectBytes {
        ObjectBytes(file: file, threads: threads, range: (range ?? 0..<size).clamped(to: 0..<size))
    }
}

/// A part of an object, read with back-pressure.
package struct ObjectBytes: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    private static let chunkBytesMax: Int64 = 256 * 1024

    let file: OpenFile
    let threads: FileThreads
    let range: Range<Int64>

    /// Reads the next chunk at each call.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let bytes: ObjectBytes
        fileprivate var offset: Int64

        /// The next chunk, nil after the last.
        package mutating func next() async throws -> ByteBuffer? {
            try Task.checkCancellation()
            let count = Swift.min(ObjectBytes.chunkBytesMax, bytes.range.upperBound - offset)
            guard count > 0 else { return nil }
            let buffer = try await bytes.threads.run { [bytes, offset] in
                do throws(ObjectStoreError) {
                    return try bytes.file.read(at: offset, countMax: Int(count))
                } catch {
                    throw MartletError(.internalError, "The artifact storage failed while reading", cause: error)
                }
            }
            guard buffer.readableBytes > 0 else {
                throw MartletError(.dataLoss, "The artifact ended \(bytes.range.upperBound - offset) bytes early")
            }
            offset += Int64(buffer.readableBytes)
            return buffer
        }
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(bytes: self, offset: range.lowerBound)
    }
}
