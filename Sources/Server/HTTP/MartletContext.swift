package import Hummingbird
package import Ledger
import Logging

/// What a request carries besides its bytes: who asks, and the request's number and logger.
package struct MartletContext: RequestContext {
    package typealias Source = RequestSource

    /// Hummingbird's part: logger, path parameters.
    package var coreContext: CoreRequestContextStorage
    /// Who asks.
    package var actor: Actor = .local

    /// Counts requests from the server's start; in the log and in what a caller is told of an unexpected error.
    package let number: UInt64

    /// The context of a request that has just arrived.
    package init(source: RequestSource) {
        coreContext = CoreRequestContextStorage(source: source)
        number = source.number
    }
}
