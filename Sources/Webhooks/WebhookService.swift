package import Database
package import Kernel
package import Ledger
package import Outbound
import Synchronization

/// Webhooks: who is told of which changes, and whether it arrived.
///
/// What is told is taken from the audit trail, so a change and the notice of it can't part: whatever was acknowledged is
/// delivered at least once, also after a crash.
package final class WebhookService: Sendable {
    let database: any SQLDatabase
    let activities: ActivityLog
    let http: OutboundHTTP
    let secrets: SecretBox
    let clock: WallClock
    private let ids = Mutex(TimeOrderedIDs())

    /// The webhooks in `database`, whose deliveries go out by `http`.
    package init(
        database: any SQLDatabase,
        activities: ActivityLog,
        http: OutboundHTTP,
        secrets: SecretBox,
        clock: WallClock
    ) {
        self.database = database
        self.activities = activities
        self.http = http
        self.secrets = secrets
        self.clock = clock
    }

    /// Makes a webhook, which is told of what happens from now on.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for bad fields and for a URL that may not be asked;
    ///   `RESOURCE_EXHAUSTED` when there are too many.
    package func create(_ new: NewWebhook, by actor: Actor) async throws -> Webhook {
        try WebhookRules.check(new)
        try await check(url: new.url)
        let now = clock.now()
        let secret = new.secret.flatMap { $0.isEmpty ? nil : secrets.seal($0) }
        let webhook = Webhook(
            id: nextID(at: now),
            name: new.name,
            url: new.url,
            events: Set(new.events).sorted(),
            description: new.description,
            status: new.status,
            isSigned: secret != nil,
            createdAt: now,
            updatedAt: now
        )
        try await database.write { [activities] connection in
            let count = try WebhookStore.count(on: connection)
            guard count < WebhookRules.countMax else {
                throw MartletError(
                    .resourceExhausted,
                    "There are \(WebhookRules.countMax) webhooks already. Delete one that is not needed."
                )
            }
            if count == 0 {
                // Nobody was told of what lies behind; the chain's end is where the first webhook begins.
                try WebhookStore.setPosition(try activities.lastSequence(on: connection), on: connection)
            }
            try WebhookStore.insert(webhook, sealedSecret: secret, on: connection)
            try activities.record(Self.activity(actor, "webhook.created", webhook), on: connection)
        }
        return webhook
    }

    /// The webhook `id`.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func webhook(_ id: String) async throws -> Webhook {
        try await database.read { connection in
            try Self.shown([Self.find(id, on: connection).webhook], on: connection)[0]
        }
    }

    /// A page of webhooks, newest first; where `isOfMLflow` says so those with an event that MLflow's clients know.
    ///
    /// - Throws: ``DatabaseError``.
    package func webhooks(ofMLflow isOfMLflow: Bool, limit: Int, page: PageToken?) async throws -> Page<Webhook> {
        let offset = page?.offset ?? 0
        let found = try await database.read { connection in
            let listed = try WebhookStore.list(ofMLflow: isOfMLflow, limit: limit + 1, offset: offset, on: connection)
            return try Self.shown(listed, on: connection)
        }
        return Page(probing: found, limit: limit, offset: offset)
    }

    /// Makes a webhook other.
    ///
    /// - Throws: as ``create(_:by:)``; `RESOURCE_DOES_NOT_EXIST`.
    package func update(_ id: String, _ change: WebhookChange, by actor: Actor) async throws -> Webhook {
        _ = try await webhook(id)
        try WebhookRules.check(change)
        if let url = change.url { try await check(url: url) }
        let now = clock.now()
        let secret = change.secret.map { $0.isEmpty ? nil : secrets.seal($0) }
        return try await database.write { [activities] connection in
            let before = try Self.find(id, on: connection).webhook
            let after = Webhook(
                id: id,
                name: change.name ?? before.name,
                url: change.url ?? before.url,
                events: change.events.map { Set($0).sorted() } ?? before.events,
                description: change.description ?? before.description,
                status: change.status ?? before.status,
                isSigned: secret.map { $0 != nil } ?? before.isSigned,
                createdAt: before.createdAt,
                updatedAt: now
            )
            try WebhookStore.update(after, sealedSecret: secret, on: connection)
            try activities.record(Self.activity(actor, "webhook.updated", after), on: connection)
            return try Self.shown([after], on: connection)[0]
        }
    }

    /// Deletes a webhook with the notices that it did not get yet.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func delete(_ id: String, by actor: Actor) async throws {
        try await database.write { [activities] connection in
            let webhook = try Self.find(id, on: connection).webhook
            try WebhookStore.delete(id, on: connection)
            try activities.record(Self.activity(actor, "webhook.deleted", webhook), on: connection)
        }
    }

    /// A page of what was sent, or is to be sent, to a webhook, newest first; kept a week after its end.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func deliveries(
        of id: String,
        state: WebhookDelivery.State?,
        limit: Int,
        page: PageToken?
    ) async throws -> Page<WebhookDelivery> {
        let offset = page?.offset ?? 0
        let found = try await database.read { connection in
            _ = try Self.find(id, on: connection)
            return try WebhookDeliveryStore.list(of: id, state: state, limit: limit + 1, offset: offset, on: connection)
        }
        return Page(probing: found, limit: limit, offset: offset)
    }

    /// Sends a delivery to `id` once more, whatever became of it.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `RESOURCE_CONFLICT` when the webhook is disabled.
    package func redeliver(_ deliveryID: String, of id: String) async throws {
        let now = clock.now()
        try await database.write { connection in
            guard try Self.find(id, on: connection).webhook.status == .active else {
                throw MartletError(.resourceConflict, "The webhook is disabled. Make it active, then send again.")
            }
            guard try WebhookDeliveryStore.restart(deliveryID, of: id, at: now, on: connection) else {
                throw MartletError(
                    .resourceDoesNotExist,
                    "The webhook has no delivery with the id '\(deliveryID.prefix(100))'."
                )
            }
        }
    }

    private func check(url: String) async throws {
        do {
            try await http.check(url)
        } catch let error as OutboundError {
            throw MartletError(.invalidParameterValue, Self.message(error))
        }
    }

    private static func message(_ error: OutboundError) -> String {
        switch error {
        case .scheme(let scheme, let allowed):
            "Invalid webhook URL scheme: '\(scheme.prefix(100))'. Allowed schemes are: \(allowed.joined(separator: ", "))."
        case .badURL: "Invalid webhook URL: it must be an absolute URL with a host, as https://example.com/hook."
        default: "The webhook URL \(error.reason)."
        }
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> WebhookStore.Receiver {
        guard let found = try WebhookStore.find(id, on: connection) else {
            throw MartletError(.resourceDoesNotExist, "Webhook with ID \(id.prefix(100)) not found.")
        }
        return found
    }

    /// The same webhooks, each with the newest notice to it.
    private static func shown(_ webhooks: [Webhook], on connection: any SQLConnection) throws -> [Webhook] {
        let newest = try WebhookDeliveryStore.newest(of: webhooks.map(\.id), on: connection)
        return webhooks.map { webhook in
            var shown = webhook
            shown.lastDelivery = newest[webhook.id]
            return shown
        }
    }

    func nextID(at now: Timestamp) -> String {
        var generator = SystemRandomNumberGenerator()
        return ids.withLock { $0.next(at: now, using: &generator) }
    }

    /// The URL is left out: it may hold what only the receiver should know.
    private static func activity(_ actor: Actor, _ action: String, _ webhook: Webhook) -> NewActivity {
        NewActivity(
            actor,
            action,
            Subject("webhook", webhook.id),
            details: [
                "name": .string(webhook.name),
                "events": .array(webhook.events.map { .string($0.text) }),
                "status": .string(webhook.status.rawValue),
            ],
            topics: ["webhooks"]
        )
    }
}
