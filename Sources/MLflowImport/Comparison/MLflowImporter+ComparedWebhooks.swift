import Database
import Webhooks

/// The reading of webhooks on both sides.
extension MLflowImporter {
    func readWebhooks(into digests: inout Digests, _ result: inout ImportReport) async throws {
        guard let table = source.tables.webhooks else { return }
        var digest = RowDigest()
        try await SourceReader(database: source.database, table: table).forEachPage { rows in
            for webhook in try await source.webhooks(rows) {
                digest.add(CanonicalRow(webhook.webhook, events: webhook.events))
                if webhook.isSigned { result.unsignedWebhooks += 1 }
            }
        }
        digests[.webhooks] = digest
    }

    func readTargetWebhooks(into digests: inout Digests) async throws {
        var digest = RowDigest()
        try await forEachBrought(.webhook) { ids in
            let found = try await target.database.read { [admission = target.webhooks] connection in
                try admission.webhooks(ids, on: connection)
            }
            for webhook in found { digest.add(CanonicalRow(webhook, events: webhook.events.map(\.text))) }
        }
        digests[.webhooks] = digest
    }
}
