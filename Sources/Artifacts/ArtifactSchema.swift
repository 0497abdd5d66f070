package import Database

/// The tables of Artifacts, step by step.
package enum ArtifactSchema {
    /// The steps, in order.
    package static let migrations: [Migration] = [
        Migration(
            "artifacts.V001_create_artifact_digests",
            [
                """
                CREATE TABLE artifact_digests (
                    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    etag TEXT NOT NULL,
                    size_bytes BIGINT NOT NULL,
                    sha256 TEXT NOT NULL,
                    recorded_at BIGINT NOT NULL
                ) {clustered}
                """
            ]
        )
    ]
}
