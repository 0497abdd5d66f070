import Glibc
import HTTPTypes
import Hummingbird
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

    /// The head of `response`.
    func head(of response: Response, _ persistence: Persistence) -> HTTPResponseHead {
        var headers = HTTPHeaders()
        headers.reserveCapacity(response.headers.count + 3)
        for field in response.headers { headers.add(name: field.name.rawName, value: field.value) }
        return head(response.status.code, headers, persistence)
    }

    /// The head of `answer`.
    func head(of answer: DirectAnswer, _ persistence: Persistence) -> HTTPResponseHead {
        head(200, answer.headers, persistence)
    }

    private func head(_ status: Int, _ headers: HTTPHeaders, _ persistence: Persistence) -> HTTPResponseHead {
        var headers = headers
        headers.add(name: "Date", value: dateText())
        headers.add(name: "Server", value: "martlet")
        switch persistence {
        case .unsaid: break
        case .staysOpen: headers.add(name: "Connection", value: "keep-alive")
        case .closes: headers.add(name: "Connection", value: "close")
        }
        return HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: status),
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
