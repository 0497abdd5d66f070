import Foundation
import Martlet
import NIOCore

/// A file's bytes, piece by piece.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let path: String
    /// Called with the size of each piece when it is taken.
    let progress: @Sendable (Int) -> Void

    func makeAsyncIterator() -> Iterator { Iterator(path: path, progress: progress) }

    struct Iterator: AsyncIteratorProtocol {
        private static let pieceBytes = 256 << 10
        let path: String
        let progress: @Sendable (Int) -> Void
        private var handle: FileHandle?

        init(path: String, progress: @escaping @Sendable (Int) -> Void) {
            self.path = path
            self.progress = progress
        }

        mutating func next() async throws -> ByteBuffer? {
            do {
                let open = try handle ?? FileHandle(forReadingFrom: URL(fileURLWithPath: path))
                handle = open
                guard let piece = try open.read(upToCount: Self.pieceBytes), !piece.isEmpty else { return nil }
                progress(piece.count)
                return ByteBuffer(bytes: piece)
            } catch {
                throw ClientError(path, cannotBe: "read", error)
            }
        }
    }
}
