package import HTTPTypes
package import Hummingbird
package import Kernel
import NIOCore

extension Response {
    /// A JSON answer that `body` writes.
    package static func json(
        status: HTTPResponse.Status = .ok,
        _ body: (inout JSONWriter) throws -> Void
    ) rethrows -> Response {
        var writer = JSONWriter(capacity: 512)
        try body(&writer)
        return Response(json: writer, status: status)
    }

    /// A JSON answer that has been written already.
    package init(json writer: JSONWriter, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes))
        )
    }

    /// `{}`, which MLflow answers where there is nothing to say.
    package static var emptyObject: Response {
        .json { writer in writer.object { _ in } }
    }

    /// Plain text.
    package static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
