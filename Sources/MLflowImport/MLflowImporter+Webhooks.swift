import Database
import Webhooks

/// The copying of webhooks.
extension MLflowImporter {
    /// One that came before and is not there any more was deleted here, and stays so.
    func copyWebhooks() async throws {
        let (source, admission, store) = (source, target.webhooks, store)
        try await copy(.webhooks, source.tables.webhooks) { rows in
            let webhooks = try await source.webhooks(rows).map(\.webhook)
            return { connection in
                var new: [Webhook] = []
                for start in stride(from: 0, to: webhooks.count, by: 1000) {
                    let chunk = webhooks[start..<min(start + 1000, webhooks.count)]
                    let brought = try store.brought(.webhook, among: chunk.map(\.id), on: connection)
                    new += chunk.filter { !brought.contains($0.id) }
                }
                try admission.admit(new, on: connection)
                try store.note(.webhook, new.map(\.id), on: connection)
            }
        }
    }
}
