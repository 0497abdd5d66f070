import NIOCore
import NIOPosix
import Testing

/// A connection over which a test sends and reads bytes as they are.
struct RawConnection: ~Copyable {
    private typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let channel: any NIOCore.Channel
    private var read = ""

    /// Runs `body` over a new connection to `port` of this machine.
    static func open<Result>(
        port: Int,
        _ body: (inout RawConnection) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try Channel(wrappingChannelSynchronously: channel) }
            }
        var outcome: Result?
        do {
            try await channel.executeThenClose { inbound, outbound in
                var connection = RawConnection(
                    inbound: inbound.makeAsyncIterator(),
                    outbound: outbound,
                    channel: channel.channel
                )
                outcome = try await body(&connection)
            }
        } catch {
            // Closing what the server has closed is an error, whatever the test has seen before.
            guard outcome != nil else { throw error }
        }
        return try #require(outcome)
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// Sends `text` so many times with a pause after each, or until the connection is closed. The event loop keeps the
    /// pace, which the other threads of a busy process do not.
    ///
    /// - Returns: how long that took.
    func send(_ text: String, times: Int, every pause: TimeAmount) async throws -> TimeAmount {
        let (channel, bytes) = (self.channel, ByteBuffer(string: text))
        return try await channel.eventLoop.flatSubmit {
            let start = NIODeadline.now()
            let done = channel.eventLoop.makePromise(of: TimeAmount.self)
            let left = NIOLoopBoundBox(times, eventLoop: channel.eventLoop)
            let task = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: pause) { _ in
                guard left.value > 0 else { return }
                channel.writeAndFlush(bytes, promise: nil)
                left.value -= 1
                if left.value == 0 { done.succeed(.now() - start) }
            }
            channel.closeFuture.whenComplete { _ in
                guard left.value > 0 else { return }
                left.value = 0
                done.succeed(.now() - start)
            }
            done.futureResult.whenComplete { _ in task.cancel() }
            return done.futureResult
        }.get()
    }

    /// How many bytes of `text`, sent so many times without a pause, have gone after `time`.
    func countSent(of text: String, times: Int, in time: TimeAmount) async throws -> Int {
        let (channel, bytes) = (self.channel, ByteBuffer(string: text))
        return try await channel.eventLoop.flatSubmit {
            let count = NIOLoopBoundBox(0, eventLoop: channel.eventLoop)
            for _ in 0..<times { channel.write(bytes).whenSuccess { count.value += bytes.readableBytes } }
            channel.flush()
            return channel.eventLoop.scheduleTask(in: time) { count.value }.futureResult
        }.get()
    }

    /// Tells the other end that nothing more will be sent.
    func endSending() async throws {
        try await channel.close(mode: .output)
    }

    /// What has come up to the first `mark`, which is taken too.
    mutating func next(to mark: String) async throws -> String {
        while true {
            if let range = read.firstRange(of: mark) {
                defer { read = String(read[range.upperBound...]) }
                return String(read[..<range.upperBound])
            }
            let more = try await inbound.next()
            read += String(buffer: try #require(more, "the connection was closed after \(read.debugDescription)"))
        }
    }

    /// Takes what comes next, and forgets it.
    mutating func take() async throws {
        let more = try await inbound.next()
        _ = try #require(more, "the connection was closed")
    }

    /// How many bytes come before the server closes the connection.
    mutating func countToEnd() async throws -> Int {
        var count = read.utf8.count
        while let more = try await inbound.next() { count += more.readableBytes }
        return count
    }

    /// The kinds of HTTP/2's frames that come before the server closes the connection (RFC 9113, section 6).
    mutating func framesToEnd() async throws -> [UInt8] {
        var (bytes, kinds) = (ByteBuffer(string: read), [UInt8]())
        while var more = try await inbound.next() {
            bytes.writeBuffer(&more)
            // A length of three bytes, a kind, flags, a stream's number of four bytes, and as much as the length says.
            while let length = bytes.getInteger(at: bytes.readerIndex, as: UInt32.self).map({ Int($0 >> 8) }),
                let frame = bytes.readSlice(length: 9 + length),
                let kind = frame.getInteger(at: frame.readerIndex + 3, as: UInt8.self)
            {
                kinds.append(kind)
            }
        }
        return kinds
    }
}
