import Crypto
import Kernel
import NIOCore

extension FileThreads {
    private static let hashedAtOnceBytes = 1 << 20

    /// The SHA-256 of what is in `file`, read in steps of 1 MiB; of its first `sizeMax` bytes when it has more.
    ///
    /// - Returns: the digest, and how many bytes it is of.
    /// - Throws: ``ObjectStoreError``; `CancellationError` between two steps.
    func digest(of file: OpenFile, sizeMax: Int64 = .max) async throws -> (digest: ContentDigest, size: Int64) {
        var hash = SHA256()
        var size: Int64 = 0
        while true {
            try Task.checkCancellation()
            let countMax = Int(min(Int64(Self.hashedAtOnceBytes), sizeMax - size))
            guard countMax > 0 else { return (ContentDigest(hash.finalize()), size) }
            let step = try await run { [hash, size] in
                let buffer = try file.read(at: size, countMax: countMax)
                var hash = hash
                buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                return (hash: hash, count: buffer.readableBytes)
            }
            guard step.count > 0 else { return (ContentDigest(hash.finalize()), size) }
            hash = step.hash
            size += Int64(step.count)
        }
    }
}
