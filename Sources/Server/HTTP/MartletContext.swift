package import Hummingbird
package import Ledger

/// What a request carries besides its bytes: who asks, and the request's id and logger.
package struct MartletContext: RequestContext {
    /// Hummingbird's part: id, logger, path parameters.
    package var coreContext: CoreRequestContextStorage
    /// Who asks.
    package var actor: Actor = .local

    /// The context of a request that has just arrived.
    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
