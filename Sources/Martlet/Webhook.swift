package import Kernel

/// An address that is told of changes, as the server describes it.
package struct Webhook: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its id: 32 hexadecimal characters.
    package var id: String { text("id") }
    /// Its name; several may have one name.
    package var name: String { text("name") }
    /// Where notices are sent.
    package var url: String { text("url") }
    /// What it is told of: `model_version.created`, or `*` for every change.
    package var events: [String] { (json.member(["events"])?.arrayValue ?? []).compactMap(\.stringValue) }
    /// What it is for.
    package var about: String { text("description") }
    /// Whether it is told of anything; while it is not, it misses what happens.
    package var isActive: Bool { text("status") == "ACTIVE" }
    /// Whether notices are signed with a secret.
    package var isSigned: Bool { json.member(["signed"]) == .boolean(true) }
    /// When it was made.
    package var createdAt: Timestamp? { time("created_at") }
    /// When it was changed last.
    package var updatedAt: Timestamp? { time("updated_at") }
    /// The newest notice to it; absent when there is none.
    package var lastDelivery: WebhookDelivery? { json.member(["last_delivery"]).map { WebhookDelivery($0) } }
}

/// One notice to a webhook and what became of it, as the server describes it.
package struct WebhookDelivery: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its id, which the receiver sees too.
    package var id: String { text("id") }
    /// What it tells of.
    package var event: String { text("event") }
    /// `pending`, `delivered` or `failed`.
    package var state: String { text("state") }
    /// How often it was tried.
    package var attempts: Int64 { integer("attempts") ?? 0 }
    /// The HTTP status of the last answer; absent when there was none.
    package var responseStatus: Int64? { integer("response_status") }
    /// Why the last attempt failed; empty when it did not.
    package var reason: String { text("error") }
    /// When the change was told to be delivered.
    package var createdAt: Timestamp? { time("created_at") }
    /// When it is tried next; absent unless it is pending.
    package var nextAttemptAt: Timestamp? { time("next_attempt_at") }
    /// When it arrived or was given up.
    package var finishedAt: Timestamp? { time("finished_at") }
}

/// What a webhook can be told of.
package struct WebhookEvent: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its name: `model_version.created`.
    package var name: String { text("name") }
    /// Whether MLflow's clients know it, and its data are as MLflow has them.
    package var isMLflow: Bool { json.member(["mlflow"]) == .boolean(true) }
}

/// How a try of a webhook ended.
package struct WebhookTestResult: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Whether the receiver took the example.
    package var succeeded: Bool { json.member(["success"]) == .boolean(true) }
    /// The HTTP status of the answer; absent when there was none.
    package var responseStatus: Int64? { integer("response_status") }
    /// The beginning of the answer.
    package var responseBody: String { text("response_body") }
    /// Why there was no answer.
    package var reason: String { text("error_message") }
}
