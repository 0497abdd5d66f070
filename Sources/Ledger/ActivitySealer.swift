import Kernel
package import Logging
import ServiceLifecycle

/// Seals activities within a moment of their commit and hands them to the listeners of ``ActivityLog/sealed``.
///
/// Several servers on one database each run one: whoever leads seals, and every one hands on what was sealed.
package struct ActivitySealer: Service {
    /// How many turns after a note it looks again: what notes an activity has yet to commit it.
    private static let turnsAfterNote = 3

    private let log: ActivityLog
    private let logger: Logger
    private let interval: Duration
    /// After so many quiet turns it looks all the same: another server may have written.
    private let quietTurnsMax: Int

    /// A sealer of `log` that wakes every `interval`.
    package init(log: ActivityLog, logger: Logger, interval: Duration = .milliseconds(100), quietTurnsMax: Int = 10) {
        self.log = log
        self.logger = logger
        self.interval = interval
        self.quietTurnsMax = quietTurnsMax
    }

    /// Seals until the server shuts down, then once more, so that nothing stays unsealed over a restart.
    package func run() async throws {
        let start = try await log.lastSequence()
        let handedOn = await cancelWhenGracefulShutdown { await loop(after: start) }
        _ = await turn(after: handedOn)
        log.sealed.finish()
    }

    /// Seals until cancelled; answers the last sequence that was handed on.
    private func loop(after start: Int64) async -> Int64 {
        var handedOn = start
        var quietTurns = 0
        var turnsLeft = 0
        while !Task.isCancelled {
            quietTurns += 1
            if log.takeUnsealed() { turnsLeft = 1 + Self.turnsAfterNote }
            if turnsLeft > 0 || quietTurns >= quietTurnsMax {
                turnsLeft = max(0, turnsLeft - 1)
                quietTurns = 0
                handedOn = await turn(after: handedOn)
            }
            // Cancellation wakes the sleeper early; the loop's condition ends it.
            try? await Task.sleep(for: interval)
        }
        return handedOn
    }

    private func turn(after sequence: Int64) async -> Int64 {
        do {
            while try await log.seal() {}
            return try await handOn(after: sequence)
        } catch {
            log.noteUnsealed()
            logger.error("activities could not be sealed; trying again", metadata: ["error": "\(error)"])
            return sequence
        }
    }

    private func handOn(after sequence: Int64) async throws -> Int64 {
        var last = sequence
        let batchMax = 1000
        while true {
            let activities = try await log.activities(after: last, limit: batchMax)
            guard let newest = activities.last else { return last }
            log.sealed.send(activities)
            last = newest.sequence
        }
    }
}
