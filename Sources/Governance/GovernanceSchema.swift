package import Database

/// The tables of Governance, step by step.
package enum GovernanceSchema {
    /// The steps, in order.
    package static let migrations: [Migration] = [
        Migration(
            "governance.V001_create_access_tokens",
            [
                """
                CREATE TABLE access_tokens (
                    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    user_name TEXT NOT NULL,
                    secret_sha256 TEXT NOT NULL UNIQUE,
                    created_at BIGINT NOT NULL,
                    revoked_at BIGINT
                )
                """
            ]
        )
    ]
}
