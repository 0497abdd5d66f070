package import Database
package import Kernel
package import Ledger

/// Taking in webhooks of another server, with their ids and times.
package struct WebhookAdmission: Sendable {
    private let activities: ActivityLog

    /// The admission beside the audit trail `activities`, from whose end on they are told of changes.
    package init(activities: ActivityLog) {
        self.activities = activities
    }

    /// Takes in webhooks without secrets; one that is there already stays as it is. Nothing is checked but what the
    /// tables need: what one server let in, another may hold. Addresses are checked when something is sent.
    ///
    /// - Throws: ``DatabaseError``.
    package func admit(_ webhooks: [Webhook], on connection: any SQLConnection) throws {
        if try !webhooks.isEmpty && WebhookStore.count(on: connection) == 0 {
            // As for the first that is made here: nobody is told of what lies behind.
            try WebhookStore.setPosition(try activities.lastSequence(on: connection), on: connection)
        }
        for webhook in webhooks where try WebhookStore.find(webhook.id, on: connection) == nil {
            try WebhookStore.insert(webhook, sealedSecret: nil, on: connection)
        }
    }

    /// Those of `ids` that are there.
    ///
    /// - Throws: ``DatabaseError``.
    package func webhooks(_ ids: [String], on connection: any SQLConnection) throws -> [Webhook] {
        try ids.compactMap { try WebhookStore.find($0, on: connection)?.webhook }
    }
}

extension Webhook {
    /// The webhook `id` that comes from another server, without a secret.
    package init(
        admitted id: String,
        _ new: NewWebhook,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.init(
            id: id,
            name: new.name,
            url: new.url,
            events: Set(new.events).sorted(),
            description: new.description,
            status: new.status,
            isSigned: false,
            createdAt: createdAt,
            updatedAt: updatedAt
        )
    }
}
