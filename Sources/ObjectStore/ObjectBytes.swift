import AsyncHTTPClient
import Kernel
package import NIOCore
import NIOHTTP1

/// Where the bytes of an object come from.
enum ObjectSource: Sendable {
    case file(OpenFile, FileThreads)
    case s3(S3Client, ObjectKey)
}

/// A part of an object, read with back-pressure.
package struct ObjectBytes: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    private static let chunkBytesMax: Int64 = 256 * 1024

    let source: ObjectSource
    let etag: String
    let range: Range<Int64>

    /// Reads the next chunk at each call.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let bytes: ObjectBytes
        fileprivate var offset: Int64
        /// The answer of the S3 server, once it was asked.
        fileprivate var answer: HTTPClientResponse.Body.AsyncIterator?

        /// The next chunk, nil after the last.
        package mutating func next() async throws -> ByteBuffer? {
            try Task.checkCancellation()
            guard offset < bytes.range.upperBound else { return nil }
            let buffer =
                switch bytes.source {
                case .file(let file, let threads): try await next(of: file, on: threads)
                case .s3(let client, let key): try await next(of: key, from: client)
                }
            guard buffer.readableBytes > 0 else {
                throw MartletError(.dataLoss, "The artifact ended \(bytes.range.upperBound - offset) bytes early")
            }
            offset += Int64(buffer.readableBytes)
            return buffer
        }

        private func next(of file: OpenFile, on threads: FileThreads) async throws -> ByteBuffer {
            let count = Int(Swift.min(ObjectBytes.chunkBytesMax, bytes.range.upperBound - offset))
            return try await threads.run { [offset] in
                do throws(ObjectStoreError) {
                    return try file.read(at: offset, countMax: count)
                } catch {
                    throw MartletError(.internalError, "The artifact storage failed while reading", cause: error)
                }
            }
        }

        private mutating func next(of key: ObjectKey, from client: S3Client) async throws -> ByteBuffer {
            do {
                if answer == nil { answer = try await bytes.ask(for: key, client).body.makeAsyncIterator() }
                // Some servers send empty chunks.
                while let buffer = try await answer?.next() {
                    if buffer.readableBytes > 0 { return buffer }
                }
                return ByteBuffer()
            } catch let error as S3Error {
                throw MartletError(error, key: key)
            } catch let error as HTTPClientError where error != .cancelled {
                let cut = S3Error(status: nil, code: "", operation: "GET \(key)", message: "\(error)")
                throw MartletError(cut, key: key)
            }
        }
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(bytes: self, offset: range.lowerBound)
    }

    /// Asks for the range of the very object that was opened.
    private func ask(for key: ObjectKey, _ client: S3Client) async throws -> HTTPClientResponse {
        let request = S3Request(
            method: .GET,
            name: client.location.name(of: key),
            headers: [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"), ("if-match", etag)]
        )
        let response = try await client.send(request)
        guard response.status == .partialContent, response.headers.first(name: "etag") == etag else {
            throw S3Error(
                status: response.status == .partialContent ? 412 : Int(response.status.code),
                code: "",
                operation: request.summary,
                message: "the server sent another range or object"
            )
        }
        return response
    }
}
