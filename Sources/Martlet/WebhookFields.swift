import Kernel

/// What a webhook shall be. What is absent stays as it is, or is what the server has for a new webhook.
package struct WebhookFields: Sendable {
    /// Its name.
    package var name: String?
    /// Where notices are sent.
    package var url: String?
    /// What it is told of.
    package var events: [String]?
    /// What it is for.
    package var about: String?
    /// What notices are signed with; empty for no signature.
    package var secret: String?
    /// Whether it is told of anything.
    package var isActive: Bool?

    /// Nothing.
    package init() {}

    /// Whether nothing is said.
    package var isEmpty: Bool { body.members.allSatisfy { $0.value == .null } }

    var body: JSONObject {
        [
            "name": .optional(name), "url": .optional(url),
            "events": events.map { .array($0.map { .string($0) }) } ?? .null, "description": .optional(about),
            "secret": .optional(secret), "status": .optional(isActive.map { $0 ? "ACTIVE" : "DISABLED" }),
        ]
    }
}
