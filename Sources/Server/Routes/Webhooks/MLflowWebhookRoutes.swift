import Hummingbird
import Kernel
import Webhooks

/// MLflow's calls on webhooks, which know MLflow's events alone.
struct MLflowWebhookRoutes: Sendable {
    private static let pageMax = 1000
    let webhooks: WebhookService

    func add(to group: RouterGroup<MartletContext>) {
        group.post("webhooks", use: create)
        group.get("webhooks", use: list)
        group.get("webhooks/:id", use: get)
        group.patch("webhooks/:id", use: update)
        group.delete("webhooks/:id", use: delete)
        group.post("webhooks/:id/test", use: test)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        var new = NewWebhook(
            name: try fields.requiredString("name"),
            url: try fields.requiredString("url"),
            events: try fields.objects("events").map { try $0.webhookEvent() }
        )
        new.description = try fields.string("description") ?? ""
        new.secret = try fields.string("secret")
        new.status = try fields.oneOf("status") ?? .active
        return answer(try await webhooks.create(new, by: context.actor))
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let page = try await webhooks.webhooks(
            ofMLflow: true,
            limit: try fields.limit(default: 100, max: Self.pageMax),
            page: try fields.page()
        )
        return .json { $0.page("webhooks", page) { $0.mlflowWebhook($1) } }
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(try await webhooks.webhook(try context.parameters.require("id")))
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let id = try context.parameters.require("id")
        var change = WebhookChange()
        change.name = try fields.string("name").flatMap { $0.isEmpty ? nil : $0 }
        change.url = try fields.string("url").flatMap { $0.isEmpty ? nil : $0 }
        let events = try fields.objects("events").map { try $0.webhookEvent() }
        if !events.isEmpty {
            // What MLflow's clients can't see is none of their business.
            change.events = events + (try await webhooks.webhook(id)).events.filter { !$0.isMLflow }
        }
        change.description = try fields.string("description")
        change.secret = try fields.string("secret")
        change.status = try fields.oneOf("status")
        return answer(try await webhooks.update(id, change, by: context.actor))
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await webhooks.delete(try context.parameters.require("id"), by: context.actor)
        return .emptyObject
    }

    @Sendable private func test(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let event = try fields.value("event") == nil ? nil : fields.requiredObject("event").webhookEvent()
        let result = try await webhooks.test(try context.parameters.require("id"), event: event, by: context.actor)
        return .json { writer in
            writer.object { writer in
                writer.name("result")
                writer.webhookTestResult(result)
            }
        }
    }

    private func answer(_ webhook: Webhook) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("webhook")
                writer.mlflowWebhook(webhook)
            }
        }
    }
}

extension MLflowFields {
    /// The event that `entity` and `action` name, in MLflow's capitals.
    func webhookEvent() throws -> WebhookEvent {
        try WebhookEvent(
            entity: try requiredString("entity").lowercased(),
            action: try requiredString("action").lowercased()
        )
    }
}

extension JSONWriter {
    /// A webhook as MLflow's clients know it.
    fileprivate mutating func mlflowWebhook(_ webhook: Webhook) {
        object { writer in
            writer.member("webhook_id", webhook.id)
            writer.member("name", webhook.name)
            writer.member("url", webhook.url)
            writer.member("events", unlessEmpty: webhook.events.filter(\.isMLflow)) { writer, event in
                writer.object { writer in
                    writer.member("entity", event.entity.uppercased())
                    writer.member("action", event.action.uppercased())
                }
            }
            if !webhook.description.isEmpty { writer.member("description", webhook.description) }
            writer.member("status", webhook.status.rawValue)
            writer.member("creation_timestamp", webhook.createdAt)
            writer.member("last_updated_timestamp", webhook.updatedAt)
        }
    }

    /// How a test of a webhook ended.
    mutating func webhookTestResult(_ result: WebhookTestResult) {
        object { writer in
            writer.member("success", result.succeeded)
            if let status = result.responseStatus { writer.member("response_status", Int64(status)) }
            writer.member("response_body", ifPresent: result.responseBody)
            writer.member("error_message", ifPresent: result.error)
        }
    }
}
