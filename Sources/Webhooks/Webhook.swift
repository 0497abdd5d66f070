package import Kernel

/// An address that is told of changes.
package struct Webhook: Sendable {
    /// Whether it is told of anything.
    package enum Status: String, Sendable, CaseIterable {
        case active = "ACTIVE"
        case disabled = "DISABLED"
    }

    /// Its id, 32 hexadecimal characters.
    package let id: String
    /// Its name, for people; several may have one name.
    package let name: String
    /// Where deliveries are sent.
    package let url: String
    /// What it is told of, in the order of their names.
    package internal(set) var events: [WebhookEvent]
    /// What it is for; empty when nobody said.
    package let description: String
    /// Whether it is told of anything.
    package let status: Status
    /// Whether deliveries are signed with a secret.
    package let isSigned: Bool
    /// When it was made.
    package let createdAt: Timestamp
    /// When it was changed last.
    package let updatedAt: Timestamp
    /// The newest notice to it, and what became of it; nil when there was none, or it is no longer kept.
    package internal(set) var lastDelivery: WebhookDelivery?
}

/// A webhook to be made.
package struct NewWebhook: Sendable {
    /// Its name.
    package var name: String
    /// Where deliveries are sent.
    package var url: String
    /// What it is told of.
    package var events: [WebhookEvent]
    /// What it is for.
    package var description = ""
    /// What deliveries are signed with; nil for no signature.
    package var secret: String?
    /// Whether it is told of anything.
    package var status = Webhook.Status.active

    /// An active webhook without a secret.
    package init(name: String, url: String, events: [WebhookEvent]) {
        self.name = name
        self.url = url
        self.events = events
    }
}

/// What shall become other in a webhook; nil leaves a thing as it is.
package struct WebhookChange: Sendable {
    /// The name.
    package var name: String?
    /// Where deliveries are sent.
    package var url: String?
    /// What it is told of.
    package var events: [WebhookEvent]?
    /// What it is for.
    package var description: String?
    /// What deliveries are signed with; empty for no signature.
    package var secret: String?
    /// Whether it is told of anything.
    package var status: Webhook.Status?

    /// Nothing.
    package init() {}
}
