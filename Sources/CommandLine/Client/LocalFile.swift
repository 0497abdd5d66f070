import Foundation
import Glibc
import Martlet
import NIOCore

/// A file on this machine that is written by a command: whole, or not at all.
struct LocalFile {
    private static let partBytes = 1 << 20
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// Puts `text` in the place of what was there.
    ///
    /// - Throws: ``ClientError`` of kind `file`.
    func replace(with text: String) throws {
        let part = try begin()
        do {
            try part.handle.write(contentsOf: Data(text.utf8))
            try finish(part)
        } catch {
            abandon(part)
            throw refused(error)
        }
    }

    /// Puts what `chunks` bring in the place of what was there, and makes the folders above it.
    ///
    /// - Throws: ``ClientError``; the file is then as it was.
    func replace(with chunks: MartletClient.Download, progress: (Int) -> Void) async throws {
        let part = try begin()
        do {
            for try await chunk in chunks {
                try part.handle.write(contentsOf: Data(chunk.readableBytesView))
                progress(chunk.readableBytes)
            }
            try finish(part)
        } catch {
            abandon(part)
            throw refused(error)
        }
    }

    /// A file beside the one that is to be, in which it grows.
    private func begin() throws -> (path: String, handle: FileHandle) {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            if !folder.isEmpty {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
        } catch {
            throw ClientError(folder, cannotBe: "made", error)
        }
        let partPath = path + ".part-\(getpid())"
        let descriptor = open(partPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw refused(POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)) }
        return (partPath, FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    }

    private func finish(_ part: (path: String, handle: FileHandle)) throws {
        try part.handle.close()
        guard rename(part.path, path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    private func abandon(_ part: (path: String, handle: FileHandle)) {
        unlink(part.path)
    }

    private func refused(_ error: any Error) -> any Error {
        error is ClientError ? error : ClientError(path, cannotBe: "written", error)
    }
}
