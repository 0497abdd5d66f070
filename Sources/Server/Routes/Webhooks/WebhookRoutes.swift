import Hummingbird
import Kernel
import Webhooks

/// Webhooks with all events there are, and what became of each delivery.
struct WebhookRoutes: Sendable {
    private static let pageMax = 1000
    private static let members = ["name", "url", "events", "description", "secret", "status"]
    let webhooks: WebhookService

    func add(to router: Router<MartletContext>) {
        let group = router.group("api/v1/webhooks")
        group.post(use: create)
        group.get(use: list)
        group.get("events", use: events)
        group.get(":id", use: get)
        group.patch(":id", use: update)
        group.delete(":id", use: delete)
        group.post(":id/test", use: test)
        group.get(":id/deliveries", use: deliveries)
        group.post(":id/deliveries/:delivery/retry", use: retry)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        try fields.checkMembers(Self.members)
        var new = NewWebhook(
            name: try fields.requiredString("name"),
            url: try fields.requiredString("url"),
            events: try fields.strings("events").map { try WebhookEvent(name: $0) }
        )
        new.description = try fields.string("description") ?? ""
        new.secret = try fields.string("secret")
        new.status = try fields.oneOf("status") ?? .active
        let made = try await webhooks.create(new, by: context.actor)
        return .json(status: .created) { $0.webhook(made) }
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(queryOf: request)
        let page = try await webhooks.webhooks(
            ofMLflow: false,
            limit: try fields.limit("limit", default: 100, max: Self.pageMax),
            page: try fields.page()
        )
        return .json { $0.list("webhooks", page) { $0.webhook($1) } }
    }

    @Sendable private func events(_ request: Request, _ context: MartletContext) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("events")
                writer.array { writer in for event in WebhookEvent.offered { writer.event(event) } }
            }
        }
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let found = try await webhooks.webhook(try context.parameters.require("id"))
        return .json { $0.webhook(found) }
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        try fields.checkMembers(Self.members)
        var change = WebhookChange()
        change.name = try fields.string("name")
        change.url = try fields.string("url")
        if try fields.value("events") != nil {
            change.events = try fields.strings("events").map { try WebhookEvent(name: $0) }
        }
        change.description = try fields.string("description")
        change.secret = try fields.string("secret")
        change.status = try fields.oneOf("status")
        let updated = try await webhooks.update(try context.parameters.require("id"), change, by: context.actor)
        return .json { $0.webhook(updated) }
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await webhooks.delete(try context.parameters.require("id"), by: context.actor)
        return .emptyObject
    }

    @Sendable private func test(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObjectIfAny())
        let event = try fields.string("event").map { try WebhookEvent(name: $0) }
        let result = try await webhooks.test(try context.parameters.require("id"), event: event, by: context.actor)
        return .json { $0.webhookTestResult(result) }
    }

    @Sendable private func deliveries(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(queryOf: request)
        let page = try await webhooks.deliveries(
            of: try context.parameters.require("id"),
            state: try fields.oneOf("state"),
            limit: try fields.limit("limit", default: 100, max: Self.pageMax),
            page: try fields.page()
        )
        return .json { $0.list("deliveries", page) { $0.delivery($1) } }
    }

    @Sendable private func retry(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await webhooks.redeliver(
            try context.parameters.require("delivery"),
            of: try context.parameters.require("id")
        )
        return .emptyObject
    }
}

extension JSONWriter {
    fileprivate mutating func webhook(_ webhook: Webhook) {
        object { writer in
            writer.member("id", webhook.id)
            writer.member("name", webhook.name)
            writer.member("url", webhook.url)
            writer.name("events")
            writer.array { writer in for event in webhook.events { writer.value(event.text) } }
            writer.member("description", webhook.description)
            writer.member("status", webhook.status.rawValue)
            writer.member("signed", webhook.isSigned)
            writer.member("created_at", webhook.createdAt)
            writer.member("updated_at", webhook.updatedAt)
            if let delivery = webhook.lastDelivery {
                writer.member("last_delivery", object: { $0.outcome(delivery) })
            }
        }
    }

    fileprivate mutating func event(_ event: WebhookEvent) {
        object { writer in
            writer.member("name", event.name)
            writer.member("entity", event.entity)
            writer.member("action", event.action)
            writer.member("mlflow", event.isMLflow)
        }
    }

    fileprivate mutating func delivery(_ delivery: WebhookDelivery) {
        object { writer in
            writer.outcome(delivery)
            writer.member("body", delivery.body)
        }
    }

    /// The members of a delivery but for what is sent.
    private mutating func outcome(_ delivery: WebhookDelivery) {
        member("id", delivery.id)
        member("event", delivery.event)
        member("sequence", delivery.sequence)
        member("state", delivery.state.rawValue)
        member("attempts", Int64(delivery.attempts))
        member("created_at", delivery.createdAt)
        if delivery.state == .pending { member("next_attempt_at", delivery.nextAttemptAt) }
        if let finishedAt = delivery.finishedAt { member("finished_at", finishedAt) }
        if let status = delivery.responseStatus { member("response_status", Int64(status)) }
        member("error", ifPresent: delivery.error)
    }
}
