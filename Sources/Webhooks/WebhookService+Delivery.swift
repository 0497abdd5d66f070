import Crypto
import Database
import Kernel
package import Ledger
import Outbound

/// How one attempt ended, as a test of a webhook tells it.
package struct WebhookTestResult: Sendable {
    /// Whether the receiver took it.
    package let succeeded: Bool
    /// The answer's HTTP status; nil when there was none.
    package let responseStatus: Int?
    /// The beginning of the answer.
    package let responseBody: String?
    /// Why there was no answer.
    package let error: String?
}

/// The way from the audit trail to the receivers.
extension WebhookService {
    static let deliveriesKeptMs: Int64 = 7 * 24 * 3600 * 1000
    private static let timeoutSeconds: Int64 = 30
    private static let batchMax = 100
    private static let inFlightMax = 4

    /// Writes down what is to be told of the activities that were sealed since the last time; answers whether there may
    /// be more.
    ///
    /// - Throws: ``DatabaseError``.
    func fanOut() async throws -> Bool {
        let isBehind = try await database.read { [activities] connection in
            guard let position = try WebhookStore.position(on: connection) else { return false }
            return try activities.lastSequence(on: connection) > position && WebhookStore.count(on: connection) > 0
        }
        guard isBehind else { return false }
        // Whoever does not lead leaves the rest to the one who does.
        return try await database.tryLead("webhooks") { connection in try self.fanOutBatch(on: connection) }
    }

    private func fanOutBatch(on connection: any SQLConnection) throws {
        let position = try WebhookStore.position(on: connection) ?? 0
        let batch = try activities.activities(after: position, limit: Self.batchMax, on: connection)
        guard let last = batch.last else { return }
        let webhooks = try WebhookStore.active(on: connection).map { ($0, Set($0.events)) }
        var waiting = try WebhookDeliveryStore.pendingCounts(on: connection)
        for activity in batch {
            let notices = WebhookNotice.all(of: activity)
            for (webhook, events) in webhooks where webhook.createdAt <= activity.at {
                for notice in WebhookNotice.chosen(from: notices, by: events) {
                    let isTooMany = waiting[webhook.id, default: 0] >= DeliveryBacklog.pendingMax
                    if !isTooMany { waiting[webhook.id, default: 0] += 1 }
                    let delivery = delivery(of: notice, activity, to: webhook, isTooMany: isTooMany)
                    try WebhookDeliveryStore.insert(delivery, on: connection)
                }
            }
        }
        try WebhookStore.setPosition(last.sequence, on: connection)
    }

    private func delivery(
        of notice: WebhookNotice,
        _ activity: Activity,
        to webhook: Webhook,
        isTooMany: Bool
    ) -> WebhookDelivery {
        let now = clock.now()
        return WebhookDelivery(
            id: nextID(at: now),
            webhookID: webhook.id,
            event: notice.event.name,
            sequence: activity.sequence,
            body: notice.body(by: activity.actor, at: activity.at, sequence: activity.sequence),
            state: isTooMany ? .failed : .pending,
            attempts: 0,
            nextAttemptAt: now,
            createdAt: now,
            finishedAt: isTooMany ? now : nil,
            responseStatus: nil,
            error: isTooMany ? DeliveryBacklog.tooMany : nil
        )
    }

    /// Takes what is due, not more for each webhook than may be on the way at once besides the `inFlight`.
    ///
    /// - Throws: ``DatabaseError``.
    func claimDue(inFlight: [String: Int]) async throws -> [WebhookDelivery] {
        let now = clock.now()
        let due = try await database.read { try WebhookDeliveryStore.webhooksDue(at: now, on: $0) }
        let free = due.map { ($0, Self.inFlightMax - inFlight[$0, default: 0]) }.filter { $0.1 > 0 }
        guard !free.isEmpty else { return [] }
        let lease = now.advanced(byMilliseconds: RetrySchedule.leaseMs)
        return try await database.write { connection in
            try free.flatMap { id, limit in
                try WebhookDeliveryStore.claim(of: id, limit: limit, at: now, until: lease, on: connection)
            }
        }
    }

    /// Tries a claimed delivery, and writes down how it ended if the claim still holds.
    ///
    /// - Throws: ``DatabaseError``; `CancellationError`; the delivery is then tried again when its claim has run out.
    func deliver(_ delivery: WebhookDelivery) async throws {
        let receiver = try await database.read { try WebhookStore.find(delivery.webhookID, on: $0) }
        guard let receiver else { return }
        let (result, isPassing, retryAfter) = try await attempt(receiver, id: delivery.id, body: delivery.body)
        let now = clock.now()
        let attempt = delivery.attempts + 1
        let isOver = result.succeeded || !isPassing || attempt >= RetrySchedule.attemptsMax
        var generator = SystemRandomNumberGenerator()
        let pause = RetrySchedule.pauseMs(after: attempt, retryAfterSeconds: retryAfter, using: &generator)
        let outcome = WebhookDeliveryStore.Outcome(
            state: result.succeeded ? .delivered : isOver ? .failed : .pending,
            nextAttemptAt: isOver ? now : now.advanced(byMilliseconds: pause),
            responseStatus: result.responseStatus,
            error: result.succeeded ? nil : result.error ?? result.responseStatus.map { "HTTP \($0)" }
        )
        try await database.write { connection in
            try WebhookDeliveryStore.finish(delivery, outcome, at: now, on: connection)
        }
    }

    /// Gives up deliveries that were due for a day and could not be sent: there are too many others, or their webhook is
    /// disabled.
    ///
    /// - Throws: ``DatabaseError``.
    func failOverdueDeliveries() async throws {
        let now = clock.now()
        let before = now.advanced(byMilliseconds: -DeliveryBacklog.overdueMs)
        try await database.write { try WebhookDeliveryStore.failOverdue(before: before, at: now, on: $0) }
    }

    /// Deletes deliveries that ended a week ago.
    ///
    /// - Throws: ``DatabaseError``.
    func deleteOldDeliveries() async throws {
        let before = clock.now().advanced(byMilliseconds: -Self.deliveriesKeptMs)
        try await database.write { try WebhookDeliveryStore.deleteFinished(before: before, on: $0) }
    }

    /// Sends an example of `event`, or of the webhook's first event, once and now, also when it is disabled.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `CancellationError`.
    package func test(_ id: String, event: WebhookEvent?, by actor: Actor) async throws -> WebhookTestResult {
        let receiver = try await database.read { try Self.find(id, on: $0) }
        let now = clock.now()
        let notice = WebhookExample.notice(of: event ?? receiver.webhook.events.first ?? .all)
        let body = notice.body(by: actor, at: now, sequence: 0)
        return try await attempt(receiver, id: nextID(at: now), body: body).result
    }

    /// - Throws: `CancellationError`: an attempt that was called off says nothing of the receiver.
    private func attempt(_ receiver: WebhookStore.Receiver, id: String, body: String) async throws
        -> (result: WebhookTestResult, isPassing: Bool, retryAfter: Int?)
    {
        func failure(_ error: String, isPassing: Bool) -> (WebhookTestResult, Bool, Int?) {
            (.init(succeeded: false, responseStatus: nil, responseBody: nil, error: error), isPassing, nil)
        }
        let time = String(clock.now().milliseconds / 1000)
        var headers = [
            (name: "Content-Type", value: "application/json"), (name: "X-MLflow-Delivery-Id", value: id),
            (name: "X-MLflow-Timestamp", value: time), (name: "User-Agent", value: "Martlet"),
        ]
        if let sealed = receiver.sealedSecret {
            guard let secret = secrets.open(sealed) else {
                // A start with a wrong key must not cost what waits: the next may have the right one.
                return failure(
                    "the secret was sealed with another key: start the server with that key, or set the secret anew",
                    isPassing: true
                )
            }
            let signature = Self.signature(secret: secret, id: id, time: time, body: body)
            headers.append((name: "X-MLflow-Signature", value: signature))
        }
        do {
            let url = receiver.webhook.url
            let reply = try await http.ask(
                OutboundRequest(.post, url, headers: headers, body: body, timeoutSeconds: Self.timeoutSeconds)
            )
            let result = WebhookTestResult(
                succeeded: (200..<300).contains(reply.status),
                responseStatus: reply.status,
                responseBody: reply.body,
                error: nil
            )
            return (result, [408, 425, 429].contains(reply.status) || reply.status >= 500, reply.retryAfterSeconds)
        } catch let error as OutboundError {
            return failure("the URL " + error.reason, isPassing: error.isPassing)
        } catch let error as CancellationError {
            throw error
        } catch {
            return failure("no answer: \(error)", isPassing: true)
        }
    }

    /// `v1,` and the base64 of the HMAC-SHA256 of id, time and body with dots between, as MLflow and the Standard
    /// Webhooks sign.
    static func signature(secret: String, id: String, time: String, body: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(id).\(time).\(body)".utf8),
            using: SymmetricKey(data: Array(secret.utf8))
        )
        return "v1," + Base64.encode(Array(code))
    }
}
