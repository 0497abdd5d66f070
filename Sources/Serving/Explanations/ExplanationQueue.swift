import Synchronization

/// Lets one request after the other be explained, and no more wait than can be answered in time.
final class ExplanationQueue: Sendable {
    private static let requestsMax = 16
    private let count = Mutex(0)
    /// Whose turn it is.
    let turn = Turn()

    /// Whether there is room for one more, which then must leave.
    func enter() -> Bool {
        count.withLock { count in
            guard count < Self.requestsMax else { return false }
            count += 1
            return true
        }
    }

    /// Makes room.
    func leave() {
        count.withLock { $0 -= 1 }
    }
}
