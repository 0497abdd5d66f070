import Hummingbird
import NIOCore

/// What becomes of a whole plain request that might be answered before HTTP's codec and the router are asked.
enum DirectOutcome {
    /// It is for the router.
    case notMine
    /// It has been answered 200 with this JSON, and the names of what is logged of it where the JSON has no place for them.
    case answered(json: [UInt8], requestIDs: String? = nil)
    /// It is being answered, by something that takes its time.
    case task(@Sendable () async -> Response)
}

/// Answers a plain request on the connection's own thread, where its bytes lie.
typealias DirectAnswers = @Sendable (_ head: PlainHead, _ body: UnsafeRawBufferPointer) -> DirectOutcome
