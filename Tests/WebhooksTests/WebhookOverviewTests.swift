import Kernel
import Ledger
import TestSupport
import Testing

@testable import Webhooks

@Suite("A webhook is shown")
struct WebhookOverviewTests {
    /// A port of this machine on which nobody listens.
    private static let nobody = "http://127.0.0.1:9/hook"

    @Test("with the newest notice to it, and what became of that", arguments: DatabaseBackend.allCases)
    func newest(backend: DatabaseBackend) async throws {
        try await withWebhooks(backend) { world in
            let webhooks = world.webhooks
            let quiet = try await world.make("quiet", url: Self.nobody, events: ["run.created"])
            let told = try await world.make("told", url: Self.nobody, events: ["run.finished"])
            #expect(quiet.lastDelivery == nil && told.lastDelivery == nil)
            for run in ["one", "two"] { try await world.happen("run.finished", Subject("run", run)) }
            let deliveries = try await world.told(told.id)
            for delivery in try await webhooks.claimDue(inFlight: [:]) { try await webhooks.deliver(delivery) }

            let shown = try #require(try await webhooks.webhook(told.id).lastDelivery)
            #expect(shown.id == deliveries.last?.id && shown.webhookID == told.id)
            #expect(shown.body.contains(#""id":"two""#))
            #expect(shown.state == .pending && shown.attempts == 1 && shown.error?.hasPrefix("no answer") == true)
            let listed = try await webhooks.webhooks(ofMLflow: false, limit: 9, page: nil).items
            #expect(listed.map(\.id) == [told.id, quiet.id])
            #expect(listed.map(\.lastDelivery?.id) == [shown.id, nil])
            var change = WebhookChange()
            change.status = .disabled
            #expect(try await webhooks.update(told.id, change, by: .local).lastDelivery?.id == shown.id)
            #expect(try await webhooks.webhook(quiet.id).lastDelivery == nil)
        }
    }

    @Test("with events to choose from, each of which can be asked for, all of them at once too")
    func offered() async throws {
        let names = WebhookEvent.offered.map(\.name)
        #expect(names == Set(names).sorted())
        #expect(Set(names).isSuperset(of: WebhookEvent.ownNames))
        #expect(Set(names).isSuperset(of: ["model_version_tag.set", "prompt_alias.deleted"]))
        #expect(!names.contains("budget_policy.exceeded") && !names.contains("*.*"))
        try await withWebhooks(.sqlite) { world in
            let made = try await world.make(url: Self.nobody, events: names)
            #expect(made.events == WebhookEvent.offered)
        }
    }
}
