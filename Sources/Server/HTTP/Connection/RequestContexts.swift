import Hummingbird
package import Logging
import Synchronization

/// Makes the context of each request, numbered from the server's start.
final class RequestContexts: Sendable {
    private let logger: Logger
    private let count = Atomic<UInt64>(0)

    /// Contexts that log to `logger`.
    init(logger: Logger) {
        self.logger = logger
    }

    /// What the next request's context is made of.
    func next() -> RequestSource {
        RequestSource(logger: logger, number: count.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}

/// What a ``MartletContext`` is made of.
package struct RequestSource: RequestContextSource {
    package let logger: Logger
    let number: UInt64
}
