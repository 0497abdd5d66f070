import Glibc
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Synchronization

/// Makes the heads of answers as they go over the wire, with the date and the server's name.
final class ResponseHeads: Sendable {
    /// What an answer says about the connection after it.
    enum Persistence {
        /// Nothing: it stays open, as HTTP/1.1 has it.
        case unsaid
        /// It stays open, which an HTTP/1.0 client wants to hear.
        case staysOpen
        case closes
    }

    private let date = Mutex((second: 0, text: ""))

    /// The whole of an answer 200 of `json` after which the connection stays open.
    func answer(json: [UInt8], requestIDs: String?, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var answer = allocator.buffer(capacity: 340 + (requestIDs?.utf8.count ?? 0) + json.count)
        answer.writeStaticString("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
        answer.writeString(String(json.count))
        answer.writeStaticString("\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: ")
        answer.writeString(GuardMiddleware.policy)
        if let requestIDs {
            answer.writeStaticString("\r\nX-Request-Id: ")
            answer.writeString(requestIDs)
        }
        answer.writeStaticString("\r\nDate: ")
        answer.writeString(dateText())
        answer.writeStaticString("\r\nServer: martlet\r\n\r\n")
        answer.writeBytes(json)
        return answer
    }

    /// The head of `response`.
    func head(of response: Response, _ persistence: Persistence) -> HTTPResponseHead {
        var headers = HTTPHeaders()
        headers.reserveCapacity(response.headers.count + 3)
        for field in response.headers { headers.add(name: field.name.rawName, value: field.value) }
        headers.add(name: "Date", value: dateText())
        headers.add(name: "Server", value: "martlet")
        switch persistence {
        case .unsaid: break
        case .staysOpen: headers.add(name: "Connection", value: "keep-alive")
        case .closes: headers.add(name: "Connection", value: "close")
        }
        return HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: response.status.code),
            headers: headers
        )
    }

    /// The time in the form of RFC 9110, section 5.6.7, written once a second.
    private func dateText() -> String {
        var now = time(nil)
        return date.withLock { date in
            if date.second == now { return date.text }
            var parts = tm()
            gmtime_r(&now, &parts)
            let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
                let length = strftime(buffer.baseAddress, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
                return String(decoding: UnsafeRawBufferPointer(buffer).prefix(length), as: UTF8.self)
            }
            date = (now, text)
            return text
        }
    }
}
