import Crypto
import Glibc
import Inference
import Kernel

/// Files whose content, and whose name, are on the disk before anybody goes on.
enum DurableFile {
    /// What reading a whole file tells.
    struct Content: Hashable, Sendable {
        let digest: ContentDigest
        let sizeBytes: Int64
        /// The bytes that end a line.
        let lines: Int
    }

    /// What tells whether a file is still the same, without reading it.
    struct Stamp: Hashable, Sendable {
        let inode: UInt
        let sizeBytes: Int
        let seconds: Int
        let nanoseconds: Int
    }

    private static let pieceBytes = 1 << 20

    /// Gives the file at `part` the name `path`, in place of what was there.
    ///
    /// - Throws: `INTERNAL_ERROR` with the system's words.
    static func publish(_ part: String, as path: String) throws {
        try sync(part)
        guard rename(part, path) == 0 else { throw failure(path, "be written") }
        try syncName(of: path)
    }

    /// Waits until the name of the file or folder at `path` is on the disk.
    static func syncName(of path: String) throws {
        try sync(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/")
    }

    /// Waits until the file or folder at `path` is on the disk.
    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path, "be written") }
    }

    /// Writes all of `bytes` to `descriptor`, which is open for the file at `path`.
    ///
    /// - Throws: `INTERNAL_ERROR` with the system's words.
    static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
        try bytes.withUnsafeBytes { bytes in
            var left = bytes[...]
            // The system may take fewer, and says why only when it takes none.
            while !left.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: left).baseAddress, left.count)
                guard written > 0 else { throw failure(path, "be written") }
                left = left.dropFirst(written)
            }
        }
    }

    /// Reads the file at `path` to its end, unless `stop` is set before, and shows `visit` all of its bytes in their order.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INTERNAL_ERROR`, `CancellationError`.
    static func content(
        of path: String,
        _ stop: StopFlag,
        _ visit: (UnsafeRawBufferPointer) -> Void = { _ in }
    ) throws -> Content {
        guard let file = fopen(path, "rb") else { throw failure(path, "be read") }
        defer { fclose(file) }
        var hash = SHA256()
        var (size, lines): (Int64, Int) = (0, 0)
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
        defer { piece.deallocate() }
        while case let count = fread(piece.baseAddress, 1, pieceBytes, file), count > 0 {
            try stop.check()
            let bytes = UnsafeRawBufferPointer(rebasing: piece[..<count])
            hash.update(bufferPointer: bytes)
            visit(bytes)
            lines += Self.lines(in: bytes)
            size += Int64(count)
        }
        guard ferror(file) == 0 else { throw failure(path, "be read") }
        return Content(digest: ContentDigest(hash.finalize()), sizeBytes: size, lines: lines)
    }

    private static func lines(in bytes: UnsafeRawBufferPointer) -> Int {
        guard var place = bytes.baseAddress else { return 0 }
        let end = place + bytes.count
        var lines = 0
        while place < end, let found = memchr(place, 0x0A, end - place) {
            lines += 1
            place = UnsafeRawPointer(found) + 1
        }
        return lines
    }

    /// The stamp of the file at `path`.
    static func stamp(of path: String) throws -> Stamp {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(path, "be read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw MartletError(.invalidParameterValue, "\(path) is no file.")
        }
        return Stamp(
            inode: UInt(status.st_ino),
            sizeBytes: Int(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }

    /// What to say when the system refuses what `path` was to do.
    static func failure(_ path: String, _ deed: String) -> MartletError {
        let code: MartletError.Code = errno == ENOENT ? .resourceDoesNotExist : .internalError
        return MartletError(code, "\(path) can't \(deed): \(String(cString: strerror(errno))).")
    }
}
