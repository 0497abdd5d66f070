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
        ),
        // Folders whose owner is gone from the database, and whose files are about to be. A row is written in the
        // transaction that removes the owner, so that a crash in between leaves nothing behind for good.
        Migration(
            "artifacts.V002_create_artifact_removals",
            [
                """
                CREATE TABLE artifact_removals (
                    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    requested_at BIGINT NOT NULL
                ) {clustered}
                """
            ]
        ),
        // Only what was uploaded through this database's servers is theirs to remove: a digest is recorded on reading,
        // too, and what was read may be another server's, where several share a store. Of older rows nobody knows, so
        // they count as read.
        Migration(
            "artifacts.V003_mark_uploads",
            ["ALTER TABLE artifact_digests ADD COLUMN is_upload SMALLINT NOT NULL DEFAULT 0"]
        ),
    ]
}
