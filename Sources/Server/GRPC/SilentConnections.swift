import NIOCore

/// Closes a connection from which nothing has come for a time.
///
/// The transport asks a silent connection whether its other end is there, and takes leave of an idle one; but it waits for
/// an answer to that without end.
final class SilentConnections: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? IdleStateHandler.IdleStateEvent, event == .read else {
            return context.fireUserInboundEventTriggered(event)
        }
        context.close(promise: nil)
    }

    /// Has `channel` closed when nothing comes over it for `silenceMax`.
    static func close(_ channel: any Channel, after silenceMax: Duration) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers(
                [IdleStateHandler(readTimeout: TimeAmount(silenceMax)), SilentConnections()],
                position: .first
            )
        }
    }
}
