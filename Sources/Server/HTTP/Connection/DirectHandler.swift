import Hummingbird
import NIOCore

/// Stands before HTTP's codec on a connection, answers there what can be answered directly, and hands on all else as it
/// is.
///
/// It works only while the codec stands between two requests, which is known as long as every request handed on was
/// plain, and whole. From the first that is not everything is for the codec.
final class DirectHandler<Responder: HTTPResponder>: ChannelInboundHandler where Responder.Context == MartletContext {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case betweenRequests
        /// A plain request whose body is not all there, and in how many parts it has come.
        case holding(ByteBuffer, parts: Int)
        case handingOn
    }

    /// What is to be done with the beginning of some bytes.
    private enum Step {
        case answer(DirectOutcome, count: Int)
        case handOn(count: Int)
        case hold
        case handOnForGood
    }

    /// The most parts in which a request may come: clients send the head apart from the body, the network parts no more
    /// than that of a short body.
    private static var partsMax: Int { 8 }

    private let direct: DirectAnswers
    private let heads: ResponseHeads
    private let connection: ConnectionHandler<Responder>
    private var state = State.betweenRequests

    /// A handler before the codec of `connection`, for what `direct` answers.
    init(direct: @escaping DirectAnswers, heads: ResponseHeads, connection: ConnectionHandler<Responder>) {
        self.direct = direct
        self.heads = heads
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .handingOn: context.fireChannelRead(data)
        case .betweenRequests: take(unwrapInboundIn(data), parts: 1, context)
        case .holding(var held, let parts):
            // Without this the buffer would be held twice, and copied at each part.
            state = .betweenRequests
            var more = unwrapInboundIn(data)
            connection.noteBody(more.readableBytes)
            held.writeBuffer(&more)
            take(held, parts: parts + 1, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed { letGo(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        letGo(context)
        context.fireChannelInactive()
    }

    /// Hands on what is held: its rest may not come, or the connection has to be told how it ends.
    private func letGo(_ context: ChannelHandlerContext) {
        guard case .holding(let held, _) = state else { return }
        state = .handingOn
        context.fireChannelRead(wrapInboundOut(held))
    }

    private func take(_ bytes: ByteBuffer, parts: Int, _ context: ChannelHandlerContext) {
        var bytes = bytes
        while bytes.readableBytes > 0 {
            switch step(bytes, parts) {
            case .answer(let outcome, let count):
                bytes.moveReaderIndex(forwardBy: count)
                answer(outcome, context)
            case .handOn(let count):
                guard let request = bytes.readSlice(length: count) else { return }
                context.fireChannelRead(wrapInboundOut(request))
            case .hold:
                if parts == 1 { connection.noteHead() }
                state = .holding(bytes, parts: parts)
                return
            case .handOnForGood:
                state = .handingOn
                context.fireChannelRead(wrapInboundOut(bytes))
                return
            }
        }
    }

    private func step(_ bytes: ByteBuffer, _ parts: Int) -> Step {
        bytes.withUnsafeReadableBytes { bytes in
            guard let head = PlainHead(bytes), head.bodyCount <= ConnectionLimits.shortBytesMax else {
                return .handOnForGood
            }
            let count = head.count + head.bodyCount
            guard count <= bytes.count else { return parts < Self.partsMax ? .hold : .handOnForGood }
            guard connection.isBetweenRequests, head.isPost else { return .handOn(count: count) }
            let outcome = direct(head, UnsafeRawBufferPointer(rebasing: bytes[head.count..<count]))
            if case .notMine = outcome { return .handOn(count: count) }
            return .answer(outcome, count: count)
        }
    }

    private func answer(_ outcome: DirectOutcome, _ context: ChannelHandlerContext) {
        switch outcome {
        case .notMine: break
        case .answered(let json):
            let answer = heads.answer(json: json, context.channel.allocator)
            connection.noteAnswer(context.writeAndFlush(wrapOutboundOut(answer)))
        case .task(let response): connection.answer(response)
        }
    }
}
