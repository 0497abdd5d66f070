package import Kernel

/// One notice to one webhook, and what became of it.
package struct WebhookDelivery: Sendable {
    /// Whether it has arrived.
    package enum State: String, Sendable, CaseIterable {
        /// It waits for its first or next attempt.
        case pending
        /// The receiver took it.
        case delivered
        /// The receiver refused it, or could not be reached often enough.
        case failed
    }

    /// Its id, the same at every attempt, so that a receiver can tell a repetition.
    package let id: String
    /// The webhook that it goes to.
    package let webhookID: String
    /// What it tells of.
    package let event: String
    /// The activity's place in the audit trail.
    package let sequence: Int64
    /// The JSON that is sent.
    package let body: String
    /// Whether it has arrived.
    package let state: State
    /// How often it was tried.
    package let attempts: Int
    /// When it is tried next, or when a claim on it runs out; of no meaning unless pending.
    package internal(set) var nextAttemptAt: Timestamp
    /// When the change was told to be delivered.
    package let createdAt: Timestamp
    /// When it arrived or was given up.
    package let finishedAt: Timestamp?
    /// The last answer's HTTP status; nil when there was none.
    package let responseStatus: Int?
    /// Why the last attempt failed; nil when it did not.
    package let error: String?
}

/// How much a webhook whose receiver takes nothing may leave waiting.
enum DeliveryBacklog {
    /// Deliveries to one webhook that wait; what comes on top has failed from the start.
    static let pendingMax = 10_000
    /// How long a delivery may be due without being tried.
    static let overdueMs: Int64 = 24 * 3600 * 1000

    static let tooMany = "not sent: \(pendingMax) deliveries to this webhook were waiting already"
    static let tooLate = "given up: it could not be sent for a day"
}

/// When a delivery is tried again: after 1, 2, 4, … seconds, twelve times in all within three quarters of an hour; a
/// receiver may ask for longer pauses, up to half an hour.
enum RetrySchedule {
    static let attemptsMax = 12
    static let pauseMaxMs: Int64 = 30 * 60 * 1000
    /// How long a claimed delivery is left alone: longer than an attempt should take. What a longer one has to say is
    /// not listened to any more.
    static let leaseMs: Int64 = 45 * 1000

    /// Milliseconds to wait after attempt number `attempt`, from 1: at most half more than the schedule says, by chance,
    /// so that receivers which come back are not met by all at once.
    static func pauseMs(
        after attempt: Int,
        retryAfterSeconds: Int?,
        using generator: inout some RandomNumberGenerator
    ) -> Int64 {
        let standard = min(Int64(1000) << min(attempt - 1, 20), pauseMaxMs)
        let wished = Int64(min(max(retryAfterSeconds ?? 0, 0), Int(pauseMaxMs / 1000))) * 1000
        let pause = max(standard, wished)
        return pause + Int64.random(in: 0...pause / 2, using: &generator)
    }
}
