package import Database
package import Kernel
package import Ledger
import Synchronization

/// Who may act in whose name: tokens of users.
package final class AccessTokenService: Sendable {
    /// How long a look at a token is good: a revoked one is refused after this many milliseconds at the latest.
    package static let memoryMs: Int64 = 1000
    private static let remembersMax = 1000

    private struct Memory {
        var users: [ContentDigest: (actor: Actor, seenAt: Timestamp)] = [:]
    }

    private let database: any SQLDatabase
    private let activities: ActivityLog
    private let clock: WallClock
    private let memory = Mutex(Memory())
    private let ids = Mutex(TimeOrderedIDs())

    /// The tokens in `database`.
    package init(database: any SQLDatabase, activities: ActivityLog, clock: WallClock) {
        self.database = database
        self.activities = activities
        self.clock = clock
    }

    /// Makes a token for `user`; its secret is told here and never again.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad or reserved name.
    package func create(user: String, by actor: Actor) async throws -> NewAccessToken {
        try UserRules.check(user)
        let now = clock.now()
        var generator = SystemRandomNumberGenerator()
        let secret =
            "martlet_" + Hexadecimal.random(using: &generator) + Hexadecimal.random(using: &generator)
        let id = ids.withLock { $0.next(at: now, using: &generator) }
        let token = AccessToken(id: id, user: user, createdAt: now, revokedAt: nil)
        try await database.write { [activities] connection in
            try AccessTokenStore.insert(token, hash: ContentDigest(of: secret.utf8), on: connection)
            try activities.record(Self.activity(actor, "access_token.created", token), on: connection)
        }
        return NewAccessToken(token: token, secret: secret)
    }

    /// All tokens, revoked ones too, oldest first.
    ///
    /// - Throws: ``DatabaseError``.
    package func tokens() async throws -> [AccessToken] {
        try await database.read { try AccessTokenStore.all(on: $0) }
    }

    /// Whether any token is good, so that somebody could log in.
    ///
    /// - Throws: ``DatabaseError``.
    package func hasTokens() async throws -> Bool {
        try await database.read { try AccessTokenStore.hasAny(on: $0) }
    }

    /// Ends the token `id`, on every server within ``memoryMs``; a second time changes nothing.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func revoke(_ id: String, by actor: Actor) async throws -> AccessToken {
        let now = clock.now()
        return try await database.write { [activities] connection in
            guard let token = try AccessTokenStore.find(id: id, on: connection) else {
                throw MartletError(.resourceDoesNotExist, "There is no token with the id '\(id.prefix(100))'.")
            }
            guard token.revokedAt == nil else { return token }
            try AccessTokenStore.revoke(id, at: now, on: connection)
            try activities.record(Self.activity(actor, "access_token.revoked", token), on: connection)
            return AccessToken(id: id, user: token.user, createdAt: token.createdAt, revokedAt: now)
        }
    }

    /// The user for whom the token with this secret stands; nil when there is none, or it was revoked.
    ///
    /// A look at the database each second and token, not each request.
    /// - Throws: ``DatabaseError``.
    package func user(withSecret secret: String) async throws -> Actor? {
        let hash = ContentDigest(of: secret.utf8)
        let now = clock.now()
        if let known = memory.withLock({ $0.users[hash] }), isFresh(known.seenAt, at: now) { return known.actor }
        let token = try await database.read { try AccessTokenStore.find(hash: hash, on: $0) }
        memory.withLock { memory in
            // Only good tokens are remembered, so that guessing fills nothing.
            memory.users[hash] = token.map { (Actor(name: $0.user), now) }
            guard memory.users.count > Self.remembersMax else { return }
            memory.users = memory.users.filter { isFresh($0.value.seenAt, at: now) }
        }
        return token.map { Actor(name: $0.user) }
    }

    private func isFresh(_ seenAt: Timestamp, at now: Timestamp) -> Bool {
        (0..<Self.memoryMs).contains(now.milliseconds - seenAt.milliseconds)
    }

    private static func activity(_ actor: Actor, _ action: String, _ token: AccessToken) -> NewActivity {
        NewActivity(
            actor,
            action,
            Subject("access_token", token.id),
            details: ["user": .string(token.user)],
            topics: ["access_tokens"]
        )
    }
}
