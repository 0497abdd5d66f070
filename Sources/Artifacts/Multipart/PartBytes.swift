import Crypto
import Kernel
import NIOCore
import ObjectStore

/// The parts of a file one after the other, as they are read from the store, each compared with what had arrived.
struct PartBytes: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let parts: [UploadedPart]
    let upload: MultipartUpload
    let objects: any ObjectStore

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let bytes: PartBytes
        private var index = 0
        private var part: ObjectBytes.Iterator?
        private var hash = SHA256()

        fileprivate init(_ bytes: PartBytes) {
            self.bytes = bytes
        }

        mutating func next() async throws -> ByteBuffer? {
            while index < bytes.parts.count {
                let expected = bytes.parts[index]
                if part == nil {
                    part = try await bytes.open(expected).makeAsyncIterator()
                    hash = SHA256()
                }
                if let buffer = try await part?.next() {
                    buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                    return buffer
                }
                guard ContentDigest(hash.finalize()) == expected.digest else { throw bytes.damaged(expected) }
                part = nil
                index += 1
            }
            return nil
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(self)
    }

    fileprivate func open(_ part: UploadedPart) async throws -> ObjectBytes {
        let reader: ObjectReader
        do {
            reader = try await objects.open(.part(part.name, of: upload.id))
        } catch let error as MartletError where error.code == .resourceDoesNotExist {
            throw damaged(part)
        }
        guard reader.size == part.size else { throw damaged(part) }
        return reader.read()
    }

    fileprivate func damaged(_ part: UploadedPart) -> MartletError {
        MartletError(
            .dataLoss,
            "Part \(part.number) of '\(upload.key)' is no longer what was sent. Send the part again."
        )
    }
}

/// The bytes of a part, which may not be larger than parts may be.
struct BoundedBytes<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable where Base.Element == ByteBuffer {
    typealias Element = ByteBuffer

    let base: Base
    let bytesMax: Int64

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: Base.AsyncIterator
        fileprivate let bytesMax: Int64
        fileprivate var count: Int64 = 0

        mutating func next() async throws -> ByteBuffer? {
            guard let buffer = try await base.next() else { return nil }
            count += Int64(buffer.readableBytes)
            guard count <= bytesMax else { throw MartletError.partTooLarge }
            return buffer
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(base: base.makeAsyncIterator(), bytesMax: bytesMax)
    }
}

extension MartletError {
    static var partTooLarge: MartletError {
        MartletError(
            .invalidParameterValue,
            "A part has at most \(MultipartUpload.partBytesMax >> 30) GiB. Send smaller parts."
        )
    }
}
