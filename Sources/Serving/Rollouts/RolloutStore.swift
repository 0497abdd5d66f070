import Database
package import Kernel

/// What a policy has compared, with how it ended.
package struct RolloutRecord: Sendable {
    /// How far it is.
    package enum Status: String, Sendable {
        /// It goes on.
        case running
        /// The second variant has taken over.
        case promoted
        /// The second variant has gone.
        case rolledBack = "rolled_back"
        /// Another policy came in its place.
        case replaced
    }

    /// The policy version at its first step.
    package let policyVersion: Int
    /// How far it is.
    package var status: Status
    /// Why it ended, in a sentence; nil unless it was rolled back.
    package var reason: String?
    /// When it ended; nil while it goes on.
    package var endedAt: Timestamp?
    /// The names of its variants, in their order.
    package let variants: [String]
    /// The policy at its last step.
    package var policy: TrafficPolicy
    /// What has been seen.
    package var evidence: RolloutEvidence
}

/// The SQL of rollouts.
enum RolloutStore {
    /// The newest rollouts of `endpoint`, newest first, at most `limit`.
    static func newest(_ limit: Int, of endpoint: String, on connection: any SQLConnection) throws -> [RolloutRecord] {
        try connection.query(
            """
            SELECT policy_version, status, reason, ended_at, variants, policy, evidence FROM rollouts
            WHERE endpoint = $1 ORDER BY policy_version DESC LIMIT $2
            """,
            [.text(endpoint), .integer(Int64(limit))],
            record
        )
    }

    /// Writes a rollout of `endpoint` that begins.
    static func begin(_ record: RolloutRecord, of endpoint: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO rollouts
                (endpoint, policy_version, kind, status, started_at, variants, policy, evidence)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(endpoint), .integer(Int64(record.policyVersion)), .text(record.policy.kind.rawValue),
                .text(record.status.rawValue), .integer(record.evidence.startedAt.milliseconds),
                .text(JSON.array(record.variants.map { .string($0) }).text),
                .text(JSON.object(record.policy.json).text), .text(JSON.object(record.evidence.json).text),
            ]
        )
    }

    /// Writes what a rollout has seen so far.
    static func save(
        _ evidence: RolloutEvidence,
        of endpoint: String,
        _ policyVersion: Int,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE rollouts SET evidence = $3 WHERE endpoint = $1 AND policy_version = $2",
            [.text(endpoint), .integer(Int64(policyVersion)), .text(JSON.object(evidence.json).text)]
        )
    }

    /// Writes the policy of a rollout's new step.
    static func save(
        _ policy: TrafficPolicy,
        of endpoint: String,
        _ policyVersion: Int,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE rollouts SET policy = $3 WHERE endpoint = $1 AND policy_version = $2",
            [.text(endpoint), .integer(Int64(policyVersion)), .text(JSON.object(policy.json).text)]
        )
    }

    /// Ends what goes on at `endpoint`.
    static func end(
        of endpoint: String,
        _ status: RolloutRecord.Status,
        reason: String?,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE rollouts SET status = $2, reason = $3, ended_at = $4 WHERE endpoint = $1 AND status = 'running'",
            [.text(endpoint), .text(status.rawValue), .text(reason), .integer(time.milliseconds)]
        )
    }

    private static func record(_ row: borrowing SQLRow) throws -> RolloutRecord {
        func object(_ text: String) throws -> JSONObject { try JSON.parse(text.utf8).objectValue ?? JSONObject() }
        return RolloutRecord(
            policyVersion: Int(try row.integer(0)),
            status: RolloutRecord.Status(rawValue: try row.text(1)) ?? .replaced,
            reason: try row.optionalText(2),
            endedAt: try row.optionalInteger(3).map { Timestamp(milliseconds: $0) },
            variants: (try JSON.parse(try row.text(4).utf8).arrayValue ?? []).compactMap(\.stringValue),
            policy: try TrafficPolicy(try object(try row.text(5))),
            evidence: RolloutEvidence(try object(try row.text(6)))
        )
    }
}
