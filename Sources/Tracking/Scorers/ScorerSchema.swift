import Database

extension TrackingSchema {
    static let scorers = Migration(
        "tracking.V013_create_scorers",
        [
            """
            CREATE TABLE scorers (
                scorer_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                experiment_id BIGINT NOT NULL REFERENCES experiments,
                name TEXT COLLATE "C" NOT NULL,
                UNIQUE (experiment_id, name)
            )
            """,
            """
            CREATE TABLE scorer_versions (
                scorer_id TEXT COLLATE "C" NOT NULL REFERENCES scorers ON DELETE CASCADE,
                version BIGINT NOT NULL,
                definition TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (scorer_id, version)
            )
            """,
            """
            CREATE TABLE online_scoring (
                scorer_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES scorers ON DELETE CASCADE,
                id TEXT NOT NULL,
                sample_rate DOUBLE PRECISION NOT NULL,
                filter TEXT
            )
            """,
        ]
    )
}
