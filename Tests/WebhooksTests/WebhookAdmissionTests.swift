import Database
import Kernel
import Ledger
import TestSupport
import Testing

@testable import Webhooks

@Suite("Webhooks from another server")
struct WebhookAdmissionTests {
    @Test("keep ids and times, are told of what comes after, and come once", arguments: DatabaseBackend.allCases)
    func admission(backend: DatabaseBackend) async throws {
        try await withWebhooks(backend) { world in
            try await world.happen("registered_model.created", Subject("registered_model", "before"))
            let admission = WebhookAdmission(activities: world.activities)
            for url in ["https://example.com/first", "https://example.com/second"] {
                let new = NewWebhook(name: "a name", url: url, events: [try WebhookEvent(name: "run.finished"), .all])
                let webhook = Webhook(
                    admitted: "98f2b949-a25e-4335-9751-a988f0919224",
                    new,
                    createdAt: Timestamp(milliseconds: 1),
                    updatedAt: Timestamp(milliseconds: 2)
                )
                try await world.database.write { try admission.admit([webhook], on: $0) }
            }
            let id = "98f2b949-a25e-4335-9751-a988f0919224"
            let kept = try await world.webhooks.webhook(id)
            #expect(kept.url == "https://example.com/first")
            #expect(kept.events.map(\.text) == ["*", "run.finished"])
            #expect(kept.createdAt.milliseconds == 1 && kept.updatedAt.milliseconds == 2)
            #expect(!kept.isSigned && kept.status == .active)
            let there = try await world.database.read { try admission.webhooks([id, "none"], on: $0) }
            #expect(there.map(\.id) == [id])
            try await world.happen("run.finished", Subject("run", "after"))
            #expect(try await world.told(id).map(\.event) == ["run.finished"])
        }
    }
}
