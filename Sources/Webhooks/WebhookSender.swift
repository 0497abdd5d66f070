import Ledger
package import Logging
import ServiceLifecycle
import Synchronization

/// Tells webhooks of changes, within a moment of their being sealed, and again where it did not arrive.
///
/// Several servers on one database each run one: a delivery is claimed before it is sent.
package struct WebhookSender: Service {
    private static let turn: Duration = .seconds(1)
    private static let cleaningTurns = 3600

    private let webhooks: WebhookService
    private let logger: Logger

    /// A sender for `webhooks`.
    package init(webhooks: WebhookService, logger: Logger) {
        self.webhooks = webhooks
        self.logger = logger
    }

    /// Sends until the server shuts down; what is on the way then is sent again after the next start.
    package func run() async throws {
        let (turns, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await ring(bell) }
                group.addTask { await listen(bell) }
                let inFlight = InFlight()
                for await _ in turns {
                    for delivery in await due(inFlight) {
                        inFlight.add(delivery.webhookID)
                        group.addTask {
                            await send(delivery)
                            inFlight.remove(delivery.webhookID)
                            bell.yield()
                        }
                    }
                }
                group.cancelAll()
            }
        }
    }

    /// Rings every turn, for what is to be tried again and what other servers wrote.
    private func ring(_ bell: AsyncStream<Void>.Continuation) async {
        var turns = 0
        while !Task.isCancelled {
            bell.yield()
            if turns % Self.cleaningTurns == 0 {
                await noting("old deliveries could not be deleted") { try await webhooks.deleteOldDeliveries() }
            }
            turns += 1
            if turns % Self.cleaningTurns == 0 {
                // Not at the start: what became due while no server ran is to be sent first.
                await noting("late deliveries could not be given up") { try await webhooks.failOverdueDeliveries() }
            }
            // Cancellation wakes the sleeper early; the loop's condition ends it.
            try? await Task.sleep(for: Self.turn)
        }
        bell.finish()
    }

    /// Rings when something was sealed.
    private func listen(_ bell: AsyncStream<Void>.Continuation) async {
        while !Task.isCancelled {
            for await _ in webhooks.activities.sealed.listen() { bell.yield() }
            // Cut off for falling behind, or at the end: the turns go on by themselves.
            try? await Task.sleep(for: Self.turn)
        }
    }

    private func due(_ inFlight: InFlight) async -> [WebhookDelivery] {
        await noting("webhooks could not be told; trying again") {
            while try await webhooks.fanOut() {}
            return try await webhooks.claimDue(inFlight: inFlight.counts)
        } ?? []
    }

    private func send(_ delivery: WebhookDelivery) async {
        await noting("how a delivery ended could not be noted; it will be repeated") {
            try await webhooks.deliver(delivery)
        }
    }

    /// What `body` answers; an error is logged under `message` and nil answered.
    @discardableResult
    private func noting<Result>(_ message: Logger.Message, _ body: () async throws -> Result) async -> Result? {
        do {
            return try await body()
        } catch {
            if !Task.isCancelled { logger.error(message, metadata: ["error": "\(error)"]) }
            return nil
        }
    }
}

/// How many deliveries are on the way to each webhook.
private final class InFlight: Sendable {
    private let webhooks = Mutex<[String: Int]>([:])

    var counts: [String: Int] { webhooks.withLock { $0 } }

    func add(_ id: String) {
        webhooks.withLock { $0[id, default: 0] += 1 }
    }

    func remove(_ id: String) {
        webhooks.withLock { counts in
            counts[id] = counts[id].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }
}
