import Kernel

/// What callers may ask of all endpoints together.
package struct PredictionLimits: Sendable, Hashable {
    /// The requests that one caller may make in a second, as many of them at once; nil for any number.
    package var callerRate: Int?
    /// How long an answer may take where the request says nothing of it; nil for as long as it takes.
    package var timeout: Duration?

    /// No limits.
    package init() {}
}

extension ServingService {
    /// The header, and the gRPC metadata, in which a request says how many milliseconds its answer may take.
    package static let timeoutHeader = "x-request-timeout-ms"
    private static let timeoutMillisecondsMax = 86_400_000

    /// Lets `caller` make one more request.
    ///
    /// - Throws: `REQUEST_LIMIT_EXCEEDED` when it makes more than it may.
    package func admit(_ caller: String) throws {
        guard let rate, !rate.take(caller) else { return }
        throw MartletError(
            .requestLimitExceeded,
            "More than \(rate.perSecond) requests a second come from '\(caller.prefix(100))'; try again in a moment."
        )
    }

    /// When the answer of a request that came at `start` is of no use any more; nil for never.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when `text`, what its header says, is no time.
    func deadline(_ text: String?, _ start: ContinuousClock.Instant) throws -> ContinuousClock.Instant? {
        guard let text else { return limits.timeout.map { start + $0 } }
        guard let milliseconds = Int(text), (1...Self.timeoutMillisecondsMax).contains(milliseconds) else {
            throw MartletError(
                .invalidParameterValue,
                "X-Request-Timeout-Ms must be 1 to \(Self.timeoutMillisecondsMax) milliseconds, not '\(text.prefix(50))'."
            )
        }
        return start + .milliseconds(milliseconds)
    }
}

/// What is done until a deadline and no longer.
enum Deadline {
    /// What `body` returns if it does before `deadline`; then it is cancelled.
    ///
    /// - Throws: what `body` throws; `DEADLINE_EXCEEDED`, with `late` as its words.
    static func keep<Value: Sendable>(
        _ deadline: ContinuousClock.Instant?,
        late: String = "The model has not answered in the time that the request has.",
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let deadline else { return try await body() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(until: deadline, clock: .continuous)
                return nil
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else {
                throw MartletError(.deadlineExceeded, late)
            }
            return value
        }
    }
}
