import Synchronization

/// Hands what happens to everyone who listens at the moment.
///
/// A listener who falls more than `backlogMax` elements behind is cut off: its stream ends, and it must catch up from
/// the store and listen anew.
package final class Feed<Element: Sendable>: Sendable {
    private struct Listeners {
        var streams: [Int: AsyncStream<Element>.Continuation] = [:]
        var nextKey = 0
        var isFinished = false
    }

    private let listeners = Mutex(Listeners())
    private let backlogMax: Int

    /// A feed without listeners.
    package init(backlogMax: Int = 256) {
        self.backlogMax = backlogMax
    }

    /// Whether nobody listens, so that nothing need be prepared.
    package var isDeserted: Bool {
        listeners.withLock { $0.streams.isEmpty }
    }

    /// What happens from now on; ends when the reader falls behind or ``finish()`` is called, at once when it was.
    package func listen() -> AsyncStream<Element> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Element.self,
            bufferingPolicy: .bufferingOldest(backlogMax)
        )
        let key: Int? = listeners.withLock { listeners in
            guard !listeners.isFinished else { return nil }
            listeners.nextKey += 1
            listeners.streams[listeners.nextKey] = continuation
            return listeners.nextKey
        }
        guard let key else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.remove(key)
        }
        return stream
    }

    /// Hands `element` to every listener.
    package func send(_ element: Element) {
        let streams = listeners.withLock { $0.streams }
        for (key, stream) in streams {
            if case .dropped = stream.yield(element) {
                remove(key)
                stream.finish()
            }
        }
    }

    /// Ends every listener's stream, and those that begin later.
    package func finish() {
        let streams = listeners.withLock { listeners in
            listeners.isFinished = true
            defer { listeners.streams = [:] }
            return listeners.streams
        }
        for stream in streams.values { stream.finish() }
    }

    private func remove(_ key: Int) {
        listeners.withLock { _ = $0.streams.removeValue(forKey: key) }
    }
}
