import Glibc
import NIOCore

/// A file descriptor, closed when the last reference goes. All its calls block.
final class OpenFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Opens the file at `path`; `flags` are those of `open(2)`, and new files get what the process's mask leaves.
    init(_ path: String, _ flags: Int32) throws(ObjectStoreError) {
        descriptor = open(path, flags | O_CLOEXEC, 0o666)
        self.path = path
        if descriptor < 0 { throw ObjectStoreError(errorNumber: errno, "open \(path)") }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The path by which the system knows the file now; nil when it does not tell.
    var realPath: String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(validating: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Size, kind and times.
    func status() throws(ObjectStoreError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ObjectStoreError(errorNumber: errno, "stat \(path)") }
        return status
    }

    /// Marks the file as in use until it is closed; false when another has marked it.
    func lock() -> Bool {
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Appends all bytes of `buffer`.
    func write(_ buffer: ByteBuffer) throws(ObjectStoreError) {
        var failure: Int32 = 0
        buffer.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty, failure == 0 {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written >= 0 {
                    rest = rest.dropFirst(written)
                } else if errno != EINTR {
                    failure = errno
                }
            }
        }
        if failure != 0 { throw ObjectStoreError(errorNumber: failure, "write \(path)") }
    }

    /// Has the disk begin with what was appended, in steps of 8 MiB, the `count` bytes of the last call being at the end:
    /// so little is left for ``synchronize()``.
    func beginWriting(_ count: Int) {
        let step: off_t = 8 << 20
        let end = lseek(descriptor, 0, SEEK_CUR)
        let start = (end - off_t(count)) / step * step
        let length = end / step * step - start
        // Linux starts to write the changed pages of what it is told to drop; they are dropped only once written.
        if length > 0 { posix_fadvise(descriptor, start, length, POSIX_FADV_DONTNEED) }
    }

    /// Up to `countMax` bytes from `offset`; none at the end of the file.
    func read(at offset: Int64, countMax: Int) throws(ObjectStoreError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: countMax)
        var failure: Int32 = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: countMax) { bytes in
            while true {
                let count = pread(descriptor, bytes.baseAddress, countMax, off_t(offset))
                if count >= 0 { return count }
                if errno != EINTR {
                    failure = errno
                    return 0
                }
            }
        }
        if failure != 0 { throw ObjectStoreError(errorNumber: failure, "read \(path)") }
        return buffer
    }

    /// Returns once what was written, or for a folder its entries, would survive a loss of power.
    func synchronize() throws(ObjectStoreError) {
        guard fsync(descriptor) == 0 else { throw ObjectStoreError(errorNumber: errno, "fsync \(path)") }
    }

    /// Gives the file a further name, though its first may be gone.
    func link(at path: String) throws(ObjectStoreError) {
        guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
            throw ObjectStoreError(errorNumber: errno, "link \(path)")
        }
    }

    /// Marks the file as used now.
    func touch() {
        futimens(descriptor, nil)
    }
}
