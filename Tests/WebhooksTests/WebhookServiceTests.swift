import Database
import Kernel
import Ledger
import Outbound
import Synchronization
import TestSupport
import Testing

@testable import Webhooks

@Suite("Webhooks")
struct WebhookServiceTests {
    /// A port of this machine on which nobody listens.
    private static let nobody = "http://127.0.0.1:9/hook"

    private func refusal(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "nothing was refused"
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "are made, found, listed, changed and deleted, and the audit trail says so",
        arguments: DatabaseBackend.allCases
    )
    func life(backend: DatabaseBackend) async throws {
        try await withWebhooks(backend) { world in
            let webhooks = world.webhooks
            let first = try await world.make(
                url: Self.nobody,
                events: ["model_version.created", "model_version.created", "run.finished"],
                secret: "a secret"
            )
            #expect(first.events.map(\.text) == ["model_version.created", "run.finished"] && first.isSigned)
            let second = try await world.make("other", url: Self.nobody, events: ["run.finished"])
            #expect(try await webhooks.webhook(first.id).events == first.events)
            let all = try await webhooks.webhooks(ofMLflow: false, limit: 1, page: nil)
            #expect(all.items.map(\.id) == [second.id])
            #expect(
                try await webhooks.webhooks(ofMLflow: false, limit: 1, page: all.next).items.map(\.id) == [first.id]
            )
            #expect(try await webhooks.webhooks(ofMLflow: true, limit: 9, page: nil).items.map(\.id) == [first.id])
            var change = WebhookChange()
            change.secret = ""
            change.status = .disabled
            change.events = [.all]
            let changed = try await webhooks.update(first.id, change, by: .local)
            #expect(
                !changed.isSigned && changed.status == .disabled && changed.name == "hook" && changed.events == [.all]
            )
            try await world.happen("run.finished", Subject("run", "one"))
            #expect(try await world.told(second.id).count == 1)
            for id in [first.id, second.id] { try await webhooks.delete(id, by: .local) }
            for table in ["webhook_events", "webhook_deliveries"] as [SQLText] {
                let left = try await world.database.read { connection in
                    try connection.first("SELECT count(*) FROM " + table) { try $0.integer(0) }
                }
                #expect(left == 0)
            }
            let missing = "RESOURCE_DOES_NOT_EXIST: Webhook with ID \(first.id) not found."
            #expect(await refusal { _ = try await webhooks.webhook(first.id) } == missing)
            #expect(await refusal { try await webhooks.delete(first.id, by: .local) } == missing)
            #expect(await refusal { _ = try await webhooks.update(first.id, change, by: .local) } == missing)
            while try await world.activities.seal() {}
            let trail = try await world.activities.activities(after: 0, limit: 10)
            #expect(
                trail.map(\.action) == [
                    "webhook.created", "webhook.created", "webhook.updated", "run.finished", "webhook.deleted",
                    "webhook.deleted",
                ]
            )
            #expect(trail.allSatisfy { !JSON.object($0.details).text.contains("secret\":\"") })
        }
    }

    @Test("are refused when they could not work or would tell too much")
    func refused() async throws {
        try await withWebhooks(.sqlite) { world in
            for (url, reason) in [
                ("  ", "cannot be empty or just whitespace"), ("ftp://a.example", "Invalid webhook URL scheme: 'ftp'"),
                ("http://[invalid", "Invalid webhook URL"), ("https://u:p@a.example", "holds a user name or password"),
            ] {
                let message = await refusal { _ = try await world.make(url: url, events: ["run.created"]) }
                #expect(message.hasPrefix("INVALID_PARAMETER_VALUE") && message.contains(reason), "\(message)")
            }
            for name in ["", "-a", "a b", String(repeating: "a", count: 64), "ü"] {
                let message = await refusal {
                    _ = try await world.make(name, url: Self.nobody, events: ["run.created"])
                }
                #expect(message.contains("is invalid. It must start and end"), "\(name)")
            }
            #expect(
                await refusal { _ = try await world.make(url: Self.nobody, events: []) }.contains("1 to 100 events")
            )
            for event in ["run", "run.exploded", "nothing.created", "a.b.c"] {
                let message = await refusal { _ = try await world.make(url: Self.nobody, events: [event]) }
                #expect(message.hasPrefix("INVALID_PARAMETER_VALUE"), "\(event)")
            }
            let made = try await world.webhooks.webhooks(ofMLflow: false, limit: 9, page: nil)
            #expect(made.items.isEmpty)
        }
    }

    @Test("are not let to private addresses unless told so")
    func privateAddresses() async throws {
        try await withTestDatabase(.sqlite, migrations: LedgerSchema.migrations + WebhookSchema.migrations) {
            database in
            let clock = ManualClock()
            let webhooks = WebhookService(
                database: database,
                activities: ActivityLog(database: database, clock: clock.clock),
                http: OutboundHTTP(schemes: ["http"], allowsPrivate: false),
                secrets: SecretBox(key: [UInt8](repeating: 7, count: SecretBox.keyBytes)),
                clock: clock.clock
            )
            for host in ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "10.0.0.1", "0.0.0.0"] {
                let new = NewWebhook(name: "hook", url: "http://\(host):9/", events: [.all])
                let message = await refusal { _ = try await webhooks.create(new, by: .local) }
                #expect(message.contains("must not lead to a non-public address"), "\(message)")
            }
        }
    }

    @Test("are told of what happens after they were made, while they are active", arguments: DatabaseBackend.allCases)
    func tells(backend: DatabaseBackend) async throws {
        try await withWebhooks(backend) { world in
            try await world.happen("run.finished", Subject("run", "before"))
            world.clock.advance(byMilliseconds: 1)
            let webhook = try await world.make(url: Self.nobody, events: ["run.finished"])
            let other = try await world.make(url: Self.nobody, events: ["run.created"])
            try await world.happen("run.finished", Subject("run", "one"))
            try await world.happen("run.finished", Subject("run", "two"))
            let told = try await world.told(webhook.id)
            #expect(told.map { $0.body.contains(#""id":"one""#) } == [true, false])
            #expect(told.count == 2 && told.allSatisfy { $0.state == .pending && $0.event == "run.finished" })
            #expect(try await world.told(other.id).isEmpty)
            var change = WebhookChange()
            change.status = .disabled
            _ = try await world.webhooks.update(webhook.id, change, by: .local)
            try await world.happen("run.finished", Subject("run", "three"))
            #expect(try await world.told(webhook.id).count == 2)
            #expect(try await world.webhooks.claimDue(inFlight: [:]).isEmpty)
        }
    }

    @Test(
        "get a notice again until it arrives, with longer pauses, and not for ever",
        arguments: DatabaseBackend.allCases
    )
    func retries(backend: DatabaseBackend) async throws {
        try await withWebhooks(backend) { world in
            let webhook = try await world.make(url: Self.nobody, events: ["*"])
            try await world.happen("run.finished", Subject("run", "one"))
            _ = try await world.told(webhook.id)
            var pauses: [Int64] = []
            for attempt in 1...RetrySchedule.attemptsMax {
                // The first of the two is about the making of the webhook itself.
                let claimed = try await world.webhooks.claimDue(inFlight: [:])
                #expect(claimed.count == 2, "attempt \(attempt)")
                #expect(try await world.webhooks.claimDue(inFlight: [:]).isEmpty, "claimed twice")
                for delivery in claimed { try await world.webhooks.deliver(delivery) }
                let after = try #require(try await world.told(webhook.id).last)
                #expect(after.attempts == attempt && after.error?.hasPrefix("no answer") == true)
                #expect(after.state == (attempt < RetrySchedule.attemptsMax ? .pending : .failed))
                let pause = after.nextAttemptAt.milliseconds - world.clock.now().milliseconds
                pauses.append(pause)
                world.clock.advance(byMilliseconds: pause * 3 / 2 + 1)
            }
            for (index, pause) in pauses.dropLast().enumerated() {
                let standard = Int64(1000) << Int64(index)
                #expect((standard...standard * 3 / 2).contains(pause), "pause \(index + 1) of \(pause) ms")
            }
            #expect(try await world.webhooks.claimDue(inFlight: [:]).isEmpty)
            let failed = try #require(try await world.told(webhook.id).last)
            try await world.webhooks.redeliver(failed.id, of: webhook.id)
            #expect(try await world.webhooks.claimDue(inFlight: [:]).map(\.id) == [failed.id])
            world.clock.advance(byMilliseconds: WebhookService.deliveriesKeptMs * 2)
            try await world.webhooks.deleteOldDeliveries()
            #expect(try await world.told(webhook.id).map(\.id) == [failed.id])
        }
    }

    @Test(
        "are not told that a delivery failed by an attempt whose claim has run out",
        arguments: DatabaseBackend.allCases
    )
    func lateAttempts(backend: DatabaseBackend) async throws {
        let answers = Mutex([200, 410])
        try await withScriptedServer({ _ in ScriptedAnswer(answers.withLock { $0.removeFirst() }) }) { url in
            try await withWebhooks(backend) { world in
                let webhook = try await world.make(url: url, events: ["run.finished"])
                try await world.happen("run.finished", Subject("run", "one"))
                _ = try await world.told(webhook.id)
                let slow = try #require(try await world.webhooks.claimDue(inFlight: [:]).first)
                world.clock.advance(byMilliseconds: RetrySchedule.leaseMs + 1)
                let second = try #require(try await world.webhooks.claimDue(inFlight: [:]).first)
                #expect(second.id == slow.id)
                try await world.webhooks.deliver(second)
                try await world.webhooks.deliver(slow)
                let after = try #require(try await world.told(webhook.id).first)
                #expect(after.state == .delivered && after.responseStatus == 200)
            }
        }
    }

    @Test("send again what was asked for while it was on its way", arguments: DatabaseBackend.allCases)
    func retriedMeanwhile(backend: DatabaseBackend) async throws {
        try await withWebhooks(backend) { world in
            let webhook = try await world.make(url: Self.nobody, events: ["run.finished"])
            try await world.happen("run.finished", Subject("run", "one"))
            _ = try await world.told(webhook.id)
            let claimed = try #require(try await world.webhooks.claimDue(inFlight: [:]).first)
            world.clock.advance(byMilliseconds: 1)
            try await world.webhooks.redeliver(claimed.id, of: webhook.id)
            try await world.webhooks.deliver(claimed)
            #expect(try await world.webhooks.claimDue(inFlight: [:]).map(\.id) == [claimed.id])
        }
    }

    @Test("have no endless backlog, and what is left out is told", arguments: DatabaseBackend.allCases)
    func backlog(backend: DatabaseBackend) async throws {
        try await withWebhooks(backend) { world in
            let webhook = try await world.make(url: Self.nobody, events: ["run.finished"])
            let other = try await world.make(url: Self.nobody, events: ["run.finished"])
            let now = world.clock.now().milliseconds
            _ = try await world.database.write { connection in
                try connection.execute(
                    """
                    WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($3 AS BIGINT))
                    INSERT INTO webhook_deliveries
                        (id, webhook_id, event, sequence, body, state, attempts, next_attempt_at, created_at)
                    SELECT '0-' || i, CAST($1 AS TEXT), 'run.finished', 0, '{}', 'pending', 0, CAST($2 AS BIGINT), CAST($2 AS BIGINT)
                    FROM n
                    """,
                    [.text(webhook.id), .integer(now), .integer(Int64(DeliveryBacklog.pendingMax))]
                )
            }
            for name in ["one", "two"] { try await world.happen("run.finished", Subject("run", name)) }
            while try await world.webhooks.fanOut() {}
            func newest(_ id: String) async throws -> [WebhookDelivery] {
                try await world.webhooks.deliveries(of: id, state: nil, limit: 2, page: nil).items.reversed()
            }
            let told = try await newest(webhook.id)
            #expect(told.map(\.state) == [.pending, .failed] && told[1].finishedAt != nil)
            #expect(told[1].error == "not sent: 10000 deliveries to this webhook were waiting already")
            #expect(try await newest(other.id).map(\.state) == [.pending, .pending])
            try await world.webhooks.redeliver(told[1].id, of: webhook.id)
            #expect(try await newest(webhook.id).map(\.state) == [.pending, .pending])
        }
    }

    @Test("get nothing that could not be sent for a day", arguments: DatabaseBackend.allCases)
    func overdue(backend: DatabaseBackend) async throws {
        try await withWebhooks(backend) { world in
            let webhook = try await world.make(url: Self.nobody, events: ["run.finished"])
            try await world.happen("run.finished", Subject("run", "early"))
            _ = try await world.told(webhook.id)
            world.clock.advance(byMilliseconds: DeliveryBacklog.overdueMs)
            try await world.happen("run.finished", Subject("run", "late"))
            try await world.webhooks.failOverdueDeliveries()
            #expect(try await world.told(webhook.id).map(\.state) == [.pending, .pending])
            var change = WebhookChange()
            change.status = .disabled
            _ = try await world.webhooks.update(webhook.id, change, by: .local)
            world.clock.advance(byMilliseconds: 1)
            try await world.webhooks.failOverdueDeliveries()
            let told = try await world.told(webhook.id)
            #expect(told.map(\.state) == [.failed, .pending])
            #expect(told[0].error == "given up: it could not be sent for a day" && told[0].finishedAt != nil)
            let refused = await refusal { try await world.webhooks.redeliver(told[0].id, of: webhook.id) }
            #expect(refused == "RESOURCE_CONFLICT: The webhook is disabled. Make it active, then send again.")
            change.status = .active
            _ = try await world.webhooks.update(webhook.id, change, by: .local)
            try await world.webhooks.redeliver(told[0].id, of: webhook.id)
            try await world.webhooks.failOverdueDeliveries()
            #expect(try await world.told(webhook.id).map(\.state) == [.pending, .pending])
        }
    }

    @Test("get their notices after a start with a wrong key", arguments: DatabaseBackend.allCases)
    func wrongKey(backend: DatabaseBackend) async throws {
        try await withScriptedServer({ _ in ScriptedAnswer(200) }) { url in
            try await withWebhooks(backend) { world in
                let webhook = try await world.make(url: url, events: ["run.finished"], secret: "s")
                try await world.happen("run.finished", Subject("run", "one"))
                _ = try await world.told(webhook.id)
                let other = world.withOtherKey()
                try await other.deliver(try #require(try await other.claimDue(inFlight: [:]).first))
                let waiting = try #require(try await world.told(webhook.id).first)
                #expect(waiting.state == .pending && waiting.error?.contains("sealed with another key") == true)
                world.clock.set(waiting.nextAttemptAt)
                try await world.webhooks.deliver(try #require(try await world.webhooks.claimDue(inFlight: [:]).first))
                #expect(try await world.told(webhook.id).first?.state == .delivered)
            }
        }
    }

    @Test("are not said to have failed when the server stops during an attempt", arguments: DatabaseBackend.allCases)
    func stopped(backend: DatabaseBackend) async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        try await withScriptedServer({ _ in
            arrived.yield()
            try await Task.sleep(for: .seconds(60))
            return .hangUp
        }) { url in
            try await withWebhooks(backend) { world in
                let webhook = try await world.make(url: url, events: ["run.finished"])
                try await world.happen("run.finished", Subject("run", "one"))
                _ = try await world.told(webhook.id)
                let claimed = try #require(try await world.webhooks.claimDue(inFlight: [:]).first)
                let attempt = Task { [webhooks = world.webhooks] in try await webhooks.deliver(claimed) }
                for await _ in arrivals.prefix(1) { attempt.cancel() }
                await #expect(throws: CancellationError.self) { try await attempt.value }
                let after = try #require(try await world.told(webhook.id).first)
                #expect(after.state == .pending && after.error == nil && after.nextAttemptAt == claimed.nextAttemptAt)
            }
        }
    }

    @Test("get at most four notices at once")
    func bounded() async throws {
        try await withWebhooks(.sqlite) { world in
            let webhook = try await world.make(url: Self.nobody, events: ["run.finished"])
            for number in 1...6 { try await world.happen("run.finished", Subject("run", "\(number)")) }
            _ = try await world.told(webhook.id)
            #expect(try await world.webhooks.claimDue(inFlight: [webhook.id: 1]).count == 3)
            #expect(try await world.webhooks.claimDue(inFlight: [webhook.id: 4]).isEmpty)
            #expect(try await world.webhooks.claimDue(inFlight: [:]).count == 3)
        }
    }

    @Test("sign as MLflow's receivers check it")
    func signature() {
        // Made with Python's hmac, hashlib and base64.
        #expect(
            WebhookService.signature(
                secret: "test-secret-key",
                id: "0123456789abcdef0123456789abcdef",
                time: "1700000000",
                body: #"{"a": "ü"}"#
            ) == "v1,j2vDSLkIasTqSuQYUkyFDEYMaDl1MYMr2vDhvTXN7YE="
        )
        #expect(
            WebhookService.signature(secret: "s", id: "i", time: "t", body: "")
                == "v1,iyE2wPhZTOSCUKLZuQmfuXUu+N8lWbN+iCftmAg+DQQ="
        )
    }

    @Test("wait as long as a receiver asks, within bounds")
    func retryAfter() {
        var generator = SystemRandomNumberGenerator()
        func pause(_ attempt: Int, _ seconds: Int?) -> Int64 {
            RetrySchedule.pauseMs(after: attempt, retryAfterSeconds: seconds, using: &generator)
        }
        #expect((60_000...90_000).contains(pause(1, 60)))
        #expect((4000...6000).contains(pause(3, 1)))
        #expect((1000...1500).contains(pause(1, -5)))
        #expect((1_800_000...2_700_000).contains(pause(1, .max)))
        #expect((1_800_000...2_700_000).contains(pause(60, nil)))
    }
}
