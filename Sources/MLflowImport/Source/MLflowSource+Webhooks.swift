import Database
import Kernel
import Webhooks

/// A webhook of MLflow's.
struct SourceWebhook: Sendable {
    /// What of it is taken over.
    let webhook: Webhook
    /// All that it is told of in MLflow, in the order of the names: also what Martlet does not know.
    let events: [String]
    /// Whether MLflow signs what it sends there.
    let isSigned: Bool
}

/// What MLflow's registry says of webhooks.
extension MLflowSource {
    /// The webhooks of some rows, with their events, which lie in a table of their own. MLflow seals a secret with a
    /// key of its own, so it stays behind, and the webhook is told of nothing until it has one again.
    func webhooks(_ rows: [SourceRow]) async throws -> [SourceWebhook] {
        var events: [String: [String]] = [:]
        let select: SQLText = "SELECT webhook_id, entity, action FROM webhook_events WHERE webhook_id IN"
        for row in try await self.rows(select, of: try rows.map { try $0.text(0) }) {
            let event = "\(try row.plainText(1)).\(try row.plainText(2))"
            events[try row.text(0), default: []].append(event)
        }
        return try rows.map { row in
            let names = events[try row.text(0), default: []].sorted()
            var new = NewWebhook(
                name: try row.plainText(1),
                url: try row.plainText(3),
                events: names.compactMap { try? WebhookEvent(name: $0) }
            )
            let isSigned = try row.flag(5)
            new.description = try row.plainText(2)
            new.status = try isSigned || row.text(4) != Webhook.Status.active.rawValue ? .disabled : .active
            let webhook = Webhook(
                admitted: try row.plainText(0),
                new,
                createdAt: Timestamp(milliseconds: try row.integer(6)),
                updatedAt: Timestamp(milliseconds: try row.integer(7))
            )
            return SourceWebhook(webhook: webhook, events: names, isSigned: isSigned)
        }
    }
}
