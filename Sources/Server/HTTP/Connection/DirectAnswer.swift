import Hummingbird
import NIOCore
import NIOHTTP1

/// What becomes of a whole request that might be answered before the router is asked.
enum DirectOutcome {
    /// It is for the router.
    case notMine
    /// It has been answered.
    case answered(DirectAnswer)
    /// It is being answered, by something that takes its time.
    case task(@Sendable () async -> Response)
}

/// An answer made on the connection's own thread.
struct DirectAnswer {
    var headers: HTTPHeaders
    var body: ByteBuffer

    /// An answer 200 of `bytes`.
    init(contentType: StaticString, _ bytes: [UInt8]) {
        headers = ["Content-Type": contentType.description, "Content-Length": String(bytes.count)]
        headers.add(name: "X-Content-Type-Options", value: "nosniff")
        body = ByteBuffer(bytes: bytes)
    }
}

/// Answers a request before the router is asked, on the connection's own thread.
typealias DirectAnswers = @Sendable (_ head: HTTPRequestHead, _ body: ByteBuffer) -> DirectOutcome
