import NIOCore

/// A request's body, handed on as it comes from the network.
struct StreamedBody: AsyncSequence, Sendable {
    /// What the reader of a body did.
    enum Happening {
        /// It has taken most of what was there.
        case wantsMore
        /// It will take nothing more.
        case dropped
    }

    fileprivate typealias Strategy = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark
    fileprivate typealias Producer = NIOThrowingAsyncSequenceProducer<ByteBuffer, any Error, Strategy, Delegate>

    fileprivate struct Delegate: NIOAsyncSequenceProducerDelegate {
        let tell: @Sendable (Happening) -> Void

        func produceMore() { tell(.wantsMore) }
        func didTerminate() { tell(.dropped) }
    }

    /// The writing end.
    struct Source {
        fileprivate let source: Producer.Source

        /// Hands on `bytes`; answers whether more may come at once.
        func yield(_ bytes: ByteBuffer) -> Bool {
            switch source.yield(bytes) {
            case .produceMore, .dropped: true
            case .stopProducing: false
            }
        }

        /// Ends the body, with `error` if it is not whole.
        func finish(_ error: (any Error)?) {
            if let error { source.finish(error) } else { source.finish() }
        }
    }

    /// Takes parts as they come.
    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let iterator: Producer.AsyncIterator

        mutating func next() async throws -> ByteBuffer? {
            try await iterator.next()
        }
    }

    private let producer: Producer

    /// A body and the end into which it is written; `tell` is called from any thread.
    static func make(tell: @escaping @Sendable (Happening) -> Void) -> (StreamedBody, Source) {
        // Parts are at most what one read of the socket gives, 64 KiB.
        let made = Producer.makeSequence(
            elementType: ByteBuffer.self,
            failureType: (any Error).self,
            backPressureStrategy: Strategy(lowWatermark: 4, highWatermark: 16),
            finishOnDeinit: true,
            delegate: Delegate(tell: tell)
        )
        return (StreamedBody(producer: made.sequence), Source(source: made.source))
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(iterator: producer.makeAsyncIterator())
    }
}
