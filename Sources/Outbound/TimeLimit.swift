/// A moment by which several steps must have ended, one after another.
package struct TimeLimit: Sendable {
    private let seconds: Int64
    private let end: ContinuousClock.Instant

    /// A limit so many seconds from now.
    package init(seconds: Int64) {
        self.seconds = seconds
        end = .now + .seconds(seconds)
    }

    /// How many seconds are left, the last begun one included; 0 when it is over.
    package var secondsLeft: Int64 {
        let left = ContinuousClock.now.duration(to: end)
        return left <= .zero ? 0 : left.components.seconds + (left.components.attoseconds > 0 ? 1 : 0)
    }

    /// What `step` answers; it must end when its task is cancelled.
    ///
    /// - Throws: ``OutboundError/timeout(seconds:)`` at the limit; what `step` throws.
    package func keep<Result: Sendable>(_ step: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask(operation: step)
            group.addTask { [self] in
                try await Task.sleep(until: end, clock: .continuous)
                throw OutboundError.timeout(seconds: seconds)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
