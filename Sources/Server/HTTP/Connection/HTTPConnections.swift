import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Sets up each connection that is accepted, and follows it to its end.
struct HTTPConnections<Responder: HTTPResponder>: ServerChildChannel where Responder.Context == MartletContext {
    /// A connection, and when it and all that ran for it has ended.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let ended: EventLoopFuture<Void>
    }

    private let direct: DirectAnswers
    private let responder: Responder
    private let contexts: RequestContexts
    private let heads = ResponseHeads()
    private let limits: ConnectionLimits

    /// Connections whose requests `responder` answers, unless `direct` does.
    init(
        direct: @escaping DirectAnswers,
        responder: Responder,
        contexts: RequestContexts,
        limits: ConnectionLimits = ConnectionLimits()
    ) {
        self.direct = direct
        self.responder = responder
        self.contexts = contexts
        self.limits = limits
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let ended = channel.eventLoop.makePromise(of: Void.self)
        let value = channel.eventLoop.makeCompletedFuture {
            let connection = ConnectionHandler(
                responder: responder,
                contexts: contexts,
                heads: heads,
                limits: limits,
                ended: ended
            )
            try channel.pipeline.syncOperations.addHandler(
                DirectHandler(direct: direct, heads: heads, connection: connection)
            )
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                withPipeliningAssistance: false,
                withErrorHandling: false,
                // HTTPTypes has validated them when they were set.
                withOutboundHeaderValidation: false
            )
            try channel.pipeline.syncOperations.addHandler(connection)
            return Value(channel: channel, ended: ended.futureResult)
        }
        // A connection that could not be set up has ended.
        value.whenFailure { _ in ended.succeed() }
        return value
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            // The promise is only ever kept.
            try? await value.ended.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}
