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
        // Files that are sent in parts. `right_sha256` is of the secret that allows to send one; `sha256`, of the file, and
        // `composition`, of the list of its parts, are there from the moment before it appears.
        Migration(
            "artifacts.V003_create_artifact_uploads",
            [
                """
                CREATE TABLE artifact_uploads (
                    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    key TEXT NOT NULL,
                    part_count BIGINT NOT NULL,
                    right_sha256 TEXT NOT NULL,
                    created_at BIGINT NOT NULL,
                    expires_at BIGINT NOT NULL,
                    composition TEXT,
                    sha256 TEXT,
                    completed_at BIGINT
                ) {clustered}
                """,
                """
                CREATE TABLE artifact_upload_parts (
                    upload_id TEXT COLLATE "C" NOT NULL,
                    number BIGINT NOT NULL,
                    name TEXT NOT NULL,
                    size_bytes BIGINT NOT NULL,
                    sha256 TEXT NOT NULL,
                    PRIMARY KEY (upload_id, number)
                ) {clustered}
                """,
            ]
        ),
        // Files that are about to get other content. A row is there from before the new content is admitted until it is
        // recorded, so that nothing is pinned to the old one in between.
        Migration(
            "artifacts.V004_create_artifact_replacements",
            [
                """
                CREATE TABLE artifact_replacements (
                    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    key TEXT COLLATE "C" NOT NULL,
                    started_at BIGINT NOT NULL,
                    is_contested BIGINT NOT NULL
                ) {clustered}
                """,
                "CREATE INDEX artifact_replacements_by_key ON artifact_replacements (key)",
            ]
        ),
        // Only what was uploaded through this database's servers is theirs to remove: a digest is recorded on reading,
        // too, and what was read may be another server's, where several share a store. Of older rows nobody knows, so
        // they count as read.
        Migration(
            "artifacts.V005_mark_uploads",
            ["ALTER TABLE artifact_digests ADD COLUMN is_upload SMALLINT NOT NULL DEFAULT 0"]
        ),
        Migration(
            "artifacts.V006_index_open_uploads",
            ["CREATE INDEX artifact_uploads_open ON artifact_uploads (expires_at) WHERE completed_at IS NULL"]
        ),
        // A row is there for every upload that has all its bytes, and for what is being deleted. It is said again and
        // again that it goes on, so that what a crash leaves is soon known for that.
        Migration(
            "artifacts.V007_renew_replacements",
            [
                "ALTER TABLE artifact_replacements RENAME COLUMN started_at TO seen_at",
                "ALTER TABLE artifact_replacements ADD COLUMN upload_id TEXT",
            ]
        ),
    ]
}
