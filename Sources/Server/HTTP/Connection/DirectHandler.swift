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

    /// What is to be done with the beginning of some bytes.
    private enum Step {
        case answer(DirectOutcome, count: Int)
        case handOn(count: Int)
        /// It may become a plain request, whose end has not come; before so many bytes are there it can't have.
        case hold(count: Int)
        case handOnForGood
    }

    private let direct: DirectAnswers
    private let heads: ResponseHeads
    private let connection: ConnectionHandler<Responder>
    /// What has come and is not dealt with.
    private var pending: ByteBuffer?
    /// How many bytes are waited for; 0 while none are held.
    private var awaited = 0
    private var isTaking = false
    private var isHandingOn = false

    /// A handler before the codec of `connection`, for what `direct` answers.
    init(direct: @escaping DirectAnswers, heads: ResponseHeads, connection: ConnectionHandler<Responder>) {
        self.direct = direct
        self.heads = heads
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isHandingOn else { return context.fireChannelRead(data) }
        var bytes = unwrapInboundIn(data)
        if awaited > 0 { connection.noteBody(bytes.readableBytes) }
        if pending == nil { pending = bytes } else { pending?.writeBuffer(&bytes) }
        if pending?.readableBytes ?? 0 >= awaited { take(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed { letGo(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        letGo(context)
        context.fireChannelInactive()
    }

    /// Leaves the connection to the codec, with what is there: its rest may not come, or the connection has to be told how
    /// it ends.
    private func letGo(_ context: ChannelHandlerContext) {
        isHandingOn = true
        guard let rest = pending.take(), rest.readableBytes > 0 else { return }
        context.fireChannelRead(wrapInboundOut(rest))
    }

    private func take(_ context: ChannelHandlerContext) {
        // A write that fails has the channel read what is left before it returns: that is dealt with here, in its order.
        guard !isTaking else { return }
        isTaking = true
        defer { isTaking = false }
        while let bytes = pending {
            guard bytes.readableBytes > 0 else {
                // The next bytes find the buffer free to be used again.
                pending = nil
                return
            }
            switch step(bytes) {
            case .answer(let outcome, let count):
                pending?.moveReaderIndex(forwardBy: count)
                awaited = 0
                answer(outcome, context)
            case .handOn(let count):
                guard let request = pending?.readSlice(length: count) else { return }
                awaited = 0
                context.fireChannelRead(wrapInboundOut(request))
            case .hold(let count):
                if awaited == 0 { connection.noteHead() }
                awaited = count
                // No more than these bytes is kept for as long as the rest is waited for.
                if bytes.readerIndex > 0 || bytes.capacity > 2 * bytes.readableBytes {
                    pending = ByteBuffer(bytes: bytes.readableBytesView)
                }
                return
            case .handOnForGood: letGo(context)
            }
        }
    }

    private func step(_ bytes: ByteBuffer) -> Step {
        bytes.withUnsafeReadableBytes { bytes in
            guard let head = PlainHead(bytes) else {
                return PlainHead.mayBegin(bytes) ? .hold(count: bytes.count + 1) : .handOnForGood
            }
            guard head.bodyCount <= ConnectionLimits.shortBytesMax else { return .handOnForGood }
            let count = head.count + head.bodyCount
            guard count <= bytes.count else { return .hold(count: count) }
            guard connection.isBetweenRequests, head.isPost else { return .handOn(count: count) }
            let outcome = direct(head, UnsafeRawBufferPointer(rebasing: bytes[head.count..<count]))
            if case .notMine = outcome { return .handOn(count: count) }
            return .answer(outcome, count: count)
        }
    }

    private func answer(_ outcome: DirectOutcome, _ context: ChannelHandlerContext) {
        switch outcome {
        case .notMine: break
        case .answered(let json, let requestIDs):
            let answer = heads.answer(json: json, requestIDs: requestIDs, context.channel.allocator)
            connection.noteAnswer(context.writeAndFlush(wrapOutboundOut(answer)))
        case .task(let response): connection.answer(response)
        }
    }
}
