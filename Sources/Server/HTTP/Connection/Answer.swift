import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Where a request's task sends its answer: the connection, from whatever thread.
struct Answer<Responder: HTTPResponder>: Sendable where Responder.Context == MartletContext {
    let connection: NIOLoopBound<ConnectionHandler<Responder>>
    let eventLoop: any EventLoop
    let heads: ResponseHeads
    /// Whether only the head is asked for.
    let isHead: Bool
    let persistence: ResponseHeads.Persistence

    /// Sends `response`; one that breaks off is cut off, so that nobody takes it for whole.
    func send(_ response: Response) async {
        let head = heads.head(of: response, persistence)
        guard !isHead else { return finish(head, nil) }
        let progress = Progress()
        let writer = Writer(answer: self, head: head, length: response.body.contentLength, progress: progress)
        do {
            try await response.body.write(writer)
            if !progress.isFinished { abort() }
        } catch {
            // The other end has gone, or the file behind the answer has: there is nobody to tell and nothing to say.
            if !progress.isFinished { abort() }
        }
    }

    private func finish(_ head: HTTPResponseHead?, _ bytes: ByteBuffer?) {
        if eventLoop.inEventLoop {
            connection.value.finish(head, bytes)
        } else {
            eventLoop.execute { connection.value.finish(head, bytes) }
        }
    }

    private func abort() {
        eventLoop.execute { connection.value.abort() }
    }

    /// Whether the writer of an answer has come to its end.
    private final class Progress {
        var isFinished = false
    }

    /// Writes a body in parts; one that is all there goes out with its head and its end.
    private struct Writer: ResponseBodyWriter {
        let answer: Answer
        /// Until it is sent.
        var head: HTTPResponseHead?
        let length: Int?
        let progress: Progress
        var whole: ByteBuffer?

        init(answer: Answer, head: HTTPResponseHead, length: Int?, progress: Progress) {
            self.answer = answer
            self.head = head
            self.length = length
            self.progress = progress
        }

        mutating func write(_ buffer: ByteBuffer) async throws {
            if head != nil, buffer.readableBytes == length {
                whole = buffer
                return
            }
            guard buffer.readableBytes > 0 else { return }
            let head = head.take()
            // Waiting for each part to be on its way holds the memory of an answer to one part.
            try await answer.eventLoop.flatSubmit { [answer] in
                answer.connection.value.write(head, buffer)
                    ?? answer.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
            }
            .get()
        }

        consuming func finish(_ trailers: HTTPFields?) async throws {
            progress.isFinished = true
            answer.finish(head, whole)
        }
    }
}
