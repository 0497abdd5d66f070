package import Hummingbird
package import Kernel
package import NIOCore

/// Bounds on what a stranger may send.
package enum BodyLimit {
    /// The largest JSON body: 64 MiB. Artifacts stream without limit.
    package static let jsonBytesMax = 64 << 20
}

/// A body that is larger than its bound; answered with 413.
package struct BodyTooLarge: Error {
    /// The bound.
    package let bytesMax: Int
}

extension Request {
    /// The whole body.
    ///
    /// - Throws: ``BodyTooLarge`` beyond `bytesMax`, before it is read where its length is announced.
    package func bytes(max bytesMax: Int = BodyLimit.jsonBytesMax) async throws -> ByteBuffer {
        try checkLength(max: bytesMax)
        do {
            return try await body.collect(upTo: bytesMax)
        } catch is NIOTooManyBytesError {
            throw BodyTooLarge(bytesMax: bytesMax)
        }
    }

    private func checkLength(max bytesMax: Int) throws {
        guard let length = headers[.contentLength].flatMap({ Int($0) }), length > bytesMax else { return }
        throw BodyTooLarge(bytesMax: bytesMax)
    }

    /// Reads the body and forgets it.
    ///
    /// - Throws: as ``bytes(max:)``.
    func skipBody(max bytesMax: Int = BodyLimit.jsonBytesMax) async throws {
        try checkLength(max: bytesMax)
        var count = 0
        for try await part in body {
            count += part.readableBytes
            guard count <= bytesMax else { throw BodyTooLarge(bytesMax: bytesMax) }
        }
    }

    /// The body as JSON.
    ///
    /// - Throws: ``BodyTooLarge`` beyond `bytesMax`; `BAD_REQUEST` with the place of the fault when it is not JSON.
    package func json(max bytesMax: Int = BodyLimit.jsonBytesMax) async throws -> JSON {
        try Self.json(try await bytes(max: bytesMax))
    }

    /// The body as a JSON object.
    ///
    /// - Throws: as ``json(max:)``; `BAD_REQUEST` when it is another kind of value.
    package func jsonObject(max bytesMax: Int = BodyLimit.jsonBytesMax) async throws -> JSONObject {
        try Self.object(try await json(max: bytesMax))
    }

    /// The body as a JSON object, an empty one when there is no body.
    ///
    /// - Throws: as ``jsonObject(max:)``.
    package func jsonObjectIfAny() async throws -> JSONObject {
        let buffer = try await bytes()
        return buffer.readableBytes == 0 ? JSONObject() : try Self.object(try Self.json(buffer))
    }

    private static func json(_ buffer: ByteBuffer) throws -> JSON {
        do {
            return try JSON.parse(buffer.readableBytesView)
        } catch {
            throw MartletError(.badRequest, "The body is \(error).", cause: error)
        }
    }

    private static func object(_ value: JSON) throws -> JSONObject {
        guard let object = value.objectValue else {
            throw MartletError(.badRequest, "The body must be a JSON object, not \(value.kind).")
        }
        return object
    }
}
