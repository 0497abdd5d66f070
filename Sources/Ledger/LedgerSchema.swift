package import Database

/// The tables of the Ledger, step by step.
package enum LedgerSchema {
    /// The steps, in order.
    package static let migrations: [Migration] = [
        Migration(
            "ledger.V001_create_activities",
            [
                """
                CREATE TABLE activities (
                    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    at BIGINT NOT NULL,
                    actor TEXT NOT NULL,
                    action TEXT NOT NULL,
                    subject_kind TEXT NOT NULL,
                    subject_id TEXT NOT NULL,
                    details TEXT NOT NULL,
                    topics TEXT NOT NULL,
                    sequence BIGINT,
                    hash TEXT
                ) {clustered}
                """,
                "CREATE UNIQUE INDEX activities_by_sequence ON activities (sequence)",
                "CREATE INDEX activities_unsealed ON activities (id) WHERE sequence IS NULL",
                "CREATE INDEX activities_by_subject ON activities (subject_kind, subject_id, sequence)",
                "CREATE TABLE activity_chain (one SMALLINT NOT NULL PRIMARY KEY, sequence BIGINT NOT NULL, hash TEXT NOT NULL)",
                "INSERT INTO activity_chain (one, sequence, hash) VALUES (1, 0, '')",
            ]
        ),
        Migration(
            "ledger.V002_create_edges",
            [
                """
                CREATE TABLE lineage_edges (
                    from_kind TEXT NOT NULL,
                    from_id TEXT NOT NULL,
                    relation TEXT NOT NULL,
                    to_kind TEXT NOT NULL,
                    to_id TEXT NOT NULL,
                    at BIGINT NOT NULL,
                    PRIMARY KEY (from_kind, from_id, relation, to_kind, to_id)
                ) {clustered}
                """,
                "CREATE INDEX lineage_edges_to ON lineage_edges (to_kind, to_id)",
                """
                CREATE TABLE in_use_edges (
                    subject_kind TEXT NOT NULL,
                    subject_id TEXT NOT NULL,
                    holder_kind TEXT NOT NULL,
                    holder_id TEXT NOT NULL,
                    PRIMARY KEY (subject_kind, subject_id, holder_kind, holder_id)
                ) {clustered}
                """,
            ]
        ),
    ]
}
