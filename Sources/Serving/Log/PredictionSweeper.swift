import Database
package import Kernel
package import Logging
import ServiceLifecycle

/// Removes predictions that are older than they are kept, at the start and each ten minutes.
///
/// Several servers on one database each run one: removing the same twice is the same as once.
package struct PredictionSweeper: Service {
    private static let pause: Duration = .seconds(600)

    private let log: PredictionLog
    private let days: Int
    private let clock: WallClock
    private let logger: Logger

    /// A sweeper for `log`, whose predictions are kept for so many days.
    package init(log: PredictionLog, days: Int, clock: WallClock, logger: Logger) {
        self.log = log
        self.days = days
        self.clock = clock
        self.logger = logger
    }

    /// Removes until the server shuts down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let age = Int64(days) * 86_400_000
                    let count = try await log.remove(before: clock.now().advanced(byMilliseconds: -age))
                    if count > 0 { logger.info("old predictions were removed", metadata: ["count": "\(count)"]) }
                } catch {
                    if !Task.isCancelled {
                        logger.error("old predictions could not be removed", metadata: ["error": "\(error)"])
                    }
                }
                // Cancellation wakes the sleeper early; the loop's condition ends it.
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}

extension PredictionLog {
    /// The predictions that one transaction removes: few, so that those who predict are not held up.
    private static let removedAtOnce = 2_000

    /// Removes what was predicted before `time`, with its feedback.
    ///
    /// - Returns: how many there were.
    /// - Throws: ``DatabaseError``; then some may have been removed. `CancellationError`.
    package func remove(before time: Timestamp) async throws -> Int {
        var removed = 0
        while true {
            try Task.checkCancellation()
            let count = try await kept().write { connection in
                try PredictionStore.remove(Self.removedAtOnce, before: time, on: connection)
            }
            removed += count
            guard count == Self.removedAtOnce else { return removed }
        }
    }
}
