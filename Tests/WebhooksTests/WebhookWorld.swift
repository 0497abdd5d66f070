import Database
import Kernel
import Ledger
import Outbound
import TestSupport

@testable import Webhooks

/// Webhooks on a fresh database, with a clock that stands still.
struct WebhookWorld {
    let database: any SQLDatabase
    let clock: ManualClock
    let activities: ActivityLog
    let webhooks: WebhookService

    /// Records that `action` was done, and seals it.
    func happen(_ action: String, _ subject: Subject, _ details: JSONObject = [:]) async throws {
        let activity = NewActivity(Actor(name: "ada"), action, subject, details: details, topics: [])
        try await database.write { [activities] in try activities.record(activity, on: $0) }
        while try await activities.seal() {}
    }

    func make(_ name: String = "hook", url: String, events: [String], secret: String? = nil) async throws -> Webhook {
        var new = NewWebhook(name: name, url: url, events: try events.map { try WebhookEvent(name: $0) })
        new.secret = secret
        return try await webhooks.create(new, by: .local)
    }

    /// The same webhooks, in a server that was started with another key.
    func withOtherKey() -> WebhookService {
        WebhookService(
            database: database,
            activities: activities,
            http: OutboundHTTP(schemes: ["http", "https"], allowsPrivate: true),
            secrets: SecretBox(key: [UInt8](repeating: 8, count: SecretBox.keyBytes)),
            clock: clock.clock
        )
    }

    /// Everything that waits to be told is written down; answers the deliveries to `id`, oldest first.
    func told(_ id: String) async throws -> [WebhookDelivery] {
        while try await webhooks.fanOut() {}
        return try await webhooks.deliveries(of: id, state: nil, limit: 1000, page: nil).items.reversed()
    }
}

/// Runs `test` with webhooks that may lead to `http` and `https` addresses of this machine.
func withWebhooks(_ backend: DatabaseBackend, _ test: (WebhookWorld) async throws -> Void) async throws {
    try await withTestDatabase(backend, migrations: LedgerSchema.migrations + WebhookSchema.migrations) { database in
        let clock = ManualClock()
        let activities = ActivityLog(database: database, clock: clock.clock)
        let webhooks = WebhookService(
            database: database,
            activities: activities,
            http: OutboundHTTP(schemes: ["http", "https"], allowsPrivate: true),
            secrets: SecretBox(key: [UInt8](repeating: 7, count: SecretBox.keyBytes)),
            clock: clock.clock
        )
        try await test(WebhookWorld(database: database, clock: clock, activities: activities, webhooks: webhooks))
    }
}
