import Synchronization

/// A bound on the calls of other servers that go on at once, so that one that is slow does not gather callers without
/// end.
package final class OutboundCalls: Sendable {
    private let max: Int
    private let count = Mutex(0)

    /// At most `max` calls at once.
    package init(max: Int) {
        self.max = max
    }

    /// What `call` answers; nil, and nobody is called, while `max` others go on.
    ///
    /// - Throws: what `call` throws.
    package func run<Answer>(_ call: () async throws -> Answer) async throws -> Answer? {
        guard begin() else { return nil }
        defer { count.withLock { $0 -= 1 } }
        return try await call()
    }

    private func begin() -> Bool {
        count.withLock { count in
            guard count < max else { return false }
            count += 1
            return true
        }
    }
}
