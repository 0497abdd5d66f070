import Kernel
import Testing

@testable import Martlet

@Suite("A webhook of the client")
struct WebhookTests {
    @Test("has the members of the server's document")
    func members() throws {
        let text = """
            {"id": "a1", "name": "hook", "url": "https://example.com/", "events": ["run.finished", "*"],
             "description": "why", "status": "ACTIVE", "signed": true, "created_at": 5, "updated_at": 7,
             "last_delivery": {"id": "d1", "event": "run.finished", "sequence": 3, "state": "failed", "attempts": 12,
              "created_at": 8, "finished_at": 9, "response_status": 500, "error": "HTTP 500"}}
            """
        let webhook = Webhook(try JSON.parse(Array(text.utf8)))
        #expect([webhook.id, webhook.name, webhook.about] == ["a1", "hook", "why"])
        #expect(webhook.url == "https://example.com/")
        #expect(webhook.events == ["run.finished", "*"])
        #expect(webhook.isActive && webhook.isSigned)
        #expect((webhook.createdAt?.milliseconds, webhook.updatedAt?.milliseconds) == (5, 7))
        let delivery = try #require(webhook.lastDelivery)
        #expect([delivery.id, delivery.event, delivery.state] == ["d1", "run.finished", "failed"])
        #expect((delivery.attempts, delivery.responseStatus, delivery.reason) == (12, 500, "HTTP 500"))
        #expect((delivery.createdAt?.milliseconds, delivery.finishedAt?.milliseconds) == (8, 9))
        #expect(delivery.nextAttemptAt == nil)
    }

    @Test("is quiet and unsigned where the document says nothing")
    func empty() {
        let webhook = Webhook(["status": "DISABLED"])
        #expect(!webhook.isActive && !webhook.isSigned && webhook.events.isEmpty && webhook.lastDelivery == nil)
    }

    @Test("is changed only in what was said")
    func fields() {
        var fields = WebhookFields()
        #expect(fields.isEmpty)
        fields.secret = ""
        #expect(!fields.isEmpty)
        fields.isActive = false
        fields.events = ["*"]
        let said = fields.body.members.filter { $0.value != .null }
        #expect(said.map(\.name) == ["events", "secret", "status"])
        #expect(said.map(\.value) == [["*"], "", "DISABLED"])
    }
}
