import Database
import Governance
import Kernel
import Ledger
import TestSupport
import Testing

@Suite("A token")
struct AccessTokenTests {
    private struct World {
        let database: any SQLDatabase
        let clock: ManualClock
        let activities: ActivityLog
        let tokens: AccessTokenService
    }

    private func withTokens(_ backend: DatabaseBackend, _ test: (World) async throws -> Void) async throws {
        let migrations = LedgerSchema.migrations + GovernanceSchema.migrations
        try await withTestDatabase(backend, migrations: migrations) { database in
            let clock = ManualClock()
            let activities = ActivityLog(database: database, clock: clock.clock)
            let tokens = AccessTokenService(database: database, activities: activities, clock: clock.clock)
            try await test(World(database: database, clock: clock, activities: activities, tokens: tokens))
        }
    }

    @Test("stands for its user until it is revoked", arguments: DatabaseBackend.allCases)
    func life(backend: DatabaseBackend) async throws {
        try await withTokens(backend) { world in
            let tokens = world.tokens
            #expect(try await !tokens.hasTokens())
            let first = try await tokens.create(user: "ada@lab", by: .local)
            let second = try await tokens.create(user: "ada@lab", by: .local)
            #expect(first.secret != second.secret && first.secret.hasPrefix("martlet_") && first.secret.count == 72)
            #expect(try await tokens.user(withSecret: first.secret) == Actor(name: "ada@lab"))
            #expect(try await tokens.user(withSecret: "martlet_") == nil)
            let ended = try await tokens.revoke(first.token.id, by: .local)
            #expect(ended.revokedAt == world.clock.now())
            world.clock.advance(byMilliseconds: AccessTokenService.memoryMs)
            #expect(try await tokens.user(withSecret: first.secret) == nil)
            #expect(try await tokens.user(withSecret: second.secret) == Actor(name: "ada@lab"))
            #expect(try await tokens.hasTokens())
            let again = try await tokens.revoke(first.token.id, by: .local)
            #expect(again.revokedAt == ended.revokedAt)
            #expect(try await tokens.tokens().map(\.id) == [first.token.id, second.token.id])
            #expect(try await tokens.tokens().map { $0.revokedAt != nil } == [true, false])
        }
    }

    @Test("is kept as a hash alone, and its life is recorded without it", arguments: DatabaseBackend.allCases)
    func secrecy(backend: DatabaseBackend) async throws {
        try await withTokens(backend) { world in
            let new = try await world.tokens.create(user: "ada", by: .local)
            _ = try await world.tokens.revoke(new.token.id, by: Actor(name: "bob"))
            let kept = try await world.database.read { connection in
                try connection.query("SELECT id, user_name, secret_sha256 FROM access_tokens", []) { row in
                    try [row.text(0), row.text(1), row.text(2)]
                }
            }
            #expect(kept == [[new.token.id, "ada", ContentDigest(of: new.secret.utf8).hexadecimal]])
            while try await world.activities.seal() {}
            let trail = try await world.activities.activities(after: 0, limit: 10)
            #expect(trail.map(\.action) == ["access_token.created", "access_token.revoked"])
            #expect(trail.map(\.actor.name) == ["local", "bob"])
            #expect(trail.allSatisfy { $0.subject == Subject("access_token", new.token.id) })
            #expect(trail.allSatisfy { $0.details == ["user": "ada"] })
        }
    }

    @Test("that nobody has can't be revoked", arguments: DatabaseBackend.allCases)
    func unknown(backend: DatabaseBackend) async throws {
        try await withTokens(backend) { world in
            await #expect {
                _ = try await world.tokens.revoke("nothing", by: .local)
            } throws: { ($0 as? MartletError)?.code == .resourceDoesNotExist }
        }
    }

    @Test(
        "needs a name that is nobody else's",
        arguments: [
            "", "local", "LOCAL", "anonymous", "martlet", "a b", "a:b", "ä", "a\n", String(repeating: "a", count: 101),
        ]
    )
    func names(name: String) async throws {
        try await withTokens(.sqlite) { world in
            await #expect {
                _ = try await world.tokens.create(user: name, by: .local)
            } throws: { ($0 as? MartletError)?.code == .invalidParameterValue }
        }
    }
}
