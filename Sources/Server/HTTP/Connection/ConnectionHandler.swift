import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection: takes requests one after the other and writes their answers.
///
/// A request whose body is short is handed on when it is whole, and its task begins on the connection's own thread:
/// what can be answered without waiting is answered there, without a change of threads. A longer body is handed on as
/// it comes, and read from the network only as fast as it is taken. What ``DirectHandler`` answers does not come here.
final class ConnectionHandler<Responder: HTTPResponder>: ChannelDuplexHandler
where Responder.Context == MartletContext {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How far the request has been read.
    private enum Reading {
        case nothing
        case short(HTTPRequestHead, ByteBuffer)
        case long(StreamedBody.Source)
        /// What is left of a request that has been answered before its end.
        case rest
        case whole
    }

    private let responder: Responder
    private let contexts: RequestContexts
    private let heads: ResponseHeads
    private let limits: ConnectionLimits
    private let ended: EventLoopPromise<Void>
    private var reading = Reading.nothing
    private var isAnswering = false
    private var task: Task<Void, Never>?
    /// Parts that came while an earlier request was being answered.
    private var waiting = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 4)
    private var isTaking = false
    private var isBodySlow = false
    private var isReadHeld = false
    private var closesAfterAnswer = false
    private var lastWrite: EventLoopFuture<Void>?
    private var context: ChannelHandlerContext?
    private var lastRead = NIODeadline.now()
    /// What has come of a body since `lastRead`.
    private var bodyBytes = 0
    private var idleMax: TimeAmount
    private var writes = 0
    private var sending = SendingWatch(at: .now())
    private var idleCheck: Scheduled<Void>?

    /// A connection whose requests `responder` answers; `ended` is kept when it is closed and nothing runs for it.
    init(
        responder: Responder,
        contexts: RequestContexts,
        heads: ResponseHeads,
        limits: ConnectionLimits,
        ended: EventLoopPromise<Void>
    ) {
        self.responder = responder
        self.contexts = contexts
        self.heads = heads
        self.limits = limits
        self.ended = ended
        idleMax = limits.idleMax
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        checkIdle(at: lastRead + idleMax)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // A channel that never became active does not become inactive either.
        end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        guard context != nil else { return }
        idleCheck?.cancel()
        context = nil
        if case .long(let source) = reading { source.finish(BodyCutShort()) }
        reading = .whole
        waiting.removeAll()
        if isAnswering { task?.cancel() } else { ended.succeed() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        closesAfterAnswer = true
        // Requests that came whole before it are answered first; the connection closes behind them.
        let isOfCodec = error is HTTPParserError || error is ByteToMessageDecoderError
        if case .nothing = reading, !waiting.isEmpty, isOfCodec { return }
        switch reading {
        case .long(let source):
            // The route learns of it and answers, if the other end still listens.
            source.finish(BodyCutShort())
            reading = .whole
        case .nothing where error is HTTPParserError, .short where error is HTTPParserError:
            reading = .whole
            isAnswering = true
            finish(heads.head(of: Response(status: .badRequest), .closes), nil)
        default: if !isAnswering { context.close(promise: nil) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            idleMax = limits.idleMaxAtEnd
            idleCheck?.cancel()
            checkIdle(at: .now() + idleMax)
            closesAfterAnswer = true
            closeIfDone()
        case ChannelEvent.inputClosed:
            closesAfterAnswer = true
            closeIfDone()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Closes a connection over which nothing comes, unless it waits for us or still takes an answer, and one that takes
    /// nothing of its answer.
    private func checkIdle(at deadline: NIODeadline) {
        idleCheck = context?.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            let now = NIODeadline.now()
            let unsentBytes = unsentBytes
            let stalled = sending.stalled(writes: writes, unsentBytes: unsentBytes, at: now)
            let next = (isWaitingForUs || unsentBytes > 0 ? now : lastRead) + idleMax
            if next > now, stalled < limits.stalledMax { checkIdle(at: next) } else { context?.close(promise: nil) }
        }
    }

    /// What of answers the network has not taken yet.
    private var unsentBytes: Int {
        // Every channel of the network knows.
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private var isWaitingForUs: Bool {
        if case .whole = reading { return true }
        return isBodySlow
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        note(part)
        waiting.append(part)
        takeWaiting()
    }

    private func note(_ part: HTTPServerRequestPart) {
        if case .body(let bytes) = part { noteBody(bytes.readableBytes) } else { noteHead() }
    }

    func read(context: ChannelHandlerContext) {
        if isReading { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        takeWaiting()
        readOn()
        context.fireChannelWritabilityChanged()
    }

    /// Whether more is read: not while a request is answered, and no new one while the other end takes no answers.
    private var isReading: Bool {
        if case .nothing = reading { isTakingAnswers } else { !isWaitingForUs }
    }

    private var isTakingAnswers: Bool { context?.channel.isWritable ?? true }

    private func readOn() {
        guard isReadHeld, isReading else { return }
        isReadHeld = false
        context?.read()
    }

    /// Takes what has come up to the end of a request; its answer goes on from there.
    private func takeWaiting() {
        // An answer given at once comes back to here: the loop goes on by itself, however many requests came together.
        guard !isTaking else { return }
        isTaking = true
        defer { isTaking = false }
        while let part = waiting.first {
            if case .whole = reading { break }
            if case .nothing = reading, !isTakingAnswers { break }
            waiting.removeFirst()
            take(part)
        }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (part, reading) {
        case (.head(let head), .nothing): begin(head)
        case (.body(var bytes), .short(let head, var body)):
            // Without this the buffer would be held twice, and copied at each part.
            reading = .nothing
            if body.readableBytes == 0 { body = bytes } else { body.writeBuffer(&bytes) }
            if body.readableBytes <= ConnectionLimits.shortBytesMax {
                reading = .short(head, body)
            } else {
                stream(head, beginning: body)
            }
        case (.end, .short(let head, let body)):
            reading = .whole
            answer(head, RequestBody(buffer: body))
        case (.body(let bytes), .long(let source)): isBodySlow = !source.yield(bytes)
        case (.end, .long(let source)):
            source.finish(nil)
            isBodySlow = false
            reading = .whole
        case (.end, .rest):
            reading = isAnswering ? .whole : .nothing
            closeIfDone()
        default: break
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        if head.version == .http1_1, head.headers[canonicalForm: "expect"].contains("100-continue") {
            let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
            context?.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
        }
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        if length <= ConnectionLimits.shortBytesMax {
            reading = .short(head, ByteBuffer())
        } else {
            stream(head, beginning: nil)
        }
    }

    private func stream(_ head: HTTPRequestHead, beginning: ByteBuffer?) {
        guard let context else { return }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let (body, source) = StreamedBody.make { [eventLoop = context.eventLoop] happening in
            eventLoop.execute { connection.value.hear(happening) }
        }
        reading = .long(source)
        if let beginning { isBodySlow = !source.yield(beginning) }
        answer(head, RequestBody(asyncSequence: body))
    }

    private func hear(_ happening: StreamedBody.Happening) {
        isBodySlow = false
        // While nobody took the body, nothing could come of it.
        lastRead = .now()
        if case .long = reading, happening == .dropped { reading = .rest }
        readOn()
    }

    // MARK: What is answered directly

    /// Whether no request is being read or answered, and another may come.
    var isBetweenRequests: Bool {
        guard case .nothing = reading else { return false }
        return !isAnswering && waiting.isEmpty && !closesAfterAnswer && context != nil && isTakingAnswers
    }

    /// Notes that a head has come, or the end of a request.
    func noteHead() {
        bodyBytes = 0
        lastRead = .now()
    }

    /// Notes that `count` bytes of a body have come. Only a part large enough brings it on: who sends a byte now and then
    /// would hold the connection for ever.
    func noteBody(_ count: Int) {
        bodyBytes += count
        if bodyBytes >= limits.bodyBytesMin { noteHead() }
    }

    /// Notes that a request has been answered, and when its answer is `written`.
    func noteAnswer(_ written: EventLoopFuture<Void>) {
        noteHead()
        writes += 1
        lastWrite = written
    }

    /// Answers what `response` makes, to a request that has been read.
    func answer(_ response: @escaping @Sendable () async -> Response) {
        noteHead()
        reading = .whole
        begin(isHead: false, .unsaid) { answer in await answer.send(await response()) }
    }

    // MARK: Answers

    private func answer(_ head: HTTPRequestHead, _ body: RequestBody) {
        let responder = responder
        let requestContext = MartletContext(source: contexts.next())
        let request = Request(head, body)
        begin(isHead: head.method == .HEAD, persistence(head)) { answer in
            guard let request else { return await answer.send(Response(status: .badRequest)) }
            do {
                await answer.send(try await responder.respond(to: request, context: requestContext))
            } catch {
                await answer.send(Response(status: .internalServerError))
            }
        }
    }

    /// What is said of the connection after the answer to the request of `head`.
    private func persistence(_ head: HTTPRequestHead) -> ResponseHeads.Persistence {
        if !head.isKeepAlive { closesAfterAnswer = true }
        return closesAfterAnswer ? .closes : head.version == .http1_0 ? .staysOpen : .unsaid
    }

    private func begin(
        isHead: Bool,
        _ persistence: ResponseHeads.Persistence,
        _ work: @escaping @Sendable (Answer<Responder>) async -> Void
    ) {
        guard let context else { return }
        isAnswering = true
        let answer = Answer(
            connection: NIOLoopBound(self, eventLoop: context.eventLoop),
            eventLoop: context.eventLoop,
            heads: heads,
            isHead: isHead,
            persistence: persistence
        )
        let task = Task.immediate { await work(answer) }
        if isAnswering { self.task = task }
    }

    /// Writes the head of an answer and a part of its body, kept when it is on its way.
    func write(_ head: HTTPResponseHead?, _ bytes: ByteBuffer) -> EventLoopFuture<Void>? {
        guard let context else { return nil }
        writes += 1
        if let head { context.write(wrapOutboundOut(.head(head)), promise: nil) }
        return context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))))
    }

    /// Writes what is left of an answer, its head too if it is not out yet, and goes on to the next request.
    func finish(_ head: HTTPResponseHead?, _ bytes: ByteBuffer?) {
        if let context {
            writes += 1
            if let head { context.write(wrapOutboundOut(.head(head)), promise: nil) }
            if let bytes { context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
            lastWrite = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        }
        answered()
    }

    /// Cuts off an answer that cannot be brought to its end, so that nobody takes it for whole.
    func abort() {
        context?.close(promise: nil)
        answered()
    }

    private func answered() {
        isAnswering = false
        task = nil
        guard context != nil else { return ended.succeed() }
        switch reading {
        case .whole: reading = .nothing
        case .long(let source):
            source.finish(nil)
            reading = .rest
            isBodySlow = false
        default: break
        }
        takeWaiting()
        closeIfDone()
        readOn()
    }

    private func closeIfDone() {
        guard closesAfterAnswer, !isAnswering, waiting.isEmpty, case .nothing = reading, let context else { return }
        // Closing throws away what has not been sent.
        guard let lastWrite else { return context.close(promise: nil) }
        lastWrite.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }
}
