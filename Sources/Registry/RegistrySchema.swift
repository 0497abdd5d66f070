package import Database

/// The tables of the Registry, step by step.
package enum RegistrySchema {
    /// The steps, in order.
    package static let migrations: [Migration] = [
        registeredModels, modelVersions, transitionRequests, documents, pinnedFolders, origins,
        pendingPins, lineage, liftRequests,
    ]

    private static let registeredModels = Migration(
        "registry.V001_create_registered_models",
        [
            """
            CREATE TABLE registered_models (
                name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                description TEXT,
                last_number BIGINT NOT NULL
            )
            """,
            "CREATE INDEX registered_models_by_update ON registered_models (updated_at, name)",
            """
            CREATE TABLE registered_model_tags (
                name TEXT COLLATE "C" NOT NULL REFERENCES registered_models ON UPDATE CASCADE ON DELETE CASCADE,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT COLLATE "C" NOT NULL,
                PRIMARY KEY (name, key)
            )
            """,
        ]
    )

    /// `run_id` is empty where there is none, so that a filter `run_id != 'x'` finds what has no run, as MLflow's does.
    private static let modelVersions = Migration(
        "registry.V002_create_model_versions",
        [
            """
            CREATE TABLE model_versions (
                name TEXT COLLATE "C" NOT NULL REFERENCES registered_models ON UPDATE CASCADE ON DELETE CASCADE,
                number BIGINT NOT NULL,
                stage TEXT COLLATE "C" NOT NULL,
                is_deleted SMALLINT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                description TEXT,
                source TEXT COLLATE "C" NOT NULL,
                storage_location TEXT NOT NULL,
                download_uri TEXT NOT NULL,
                run_id TEXT COLLATE "C" NOT NULL,
                run_link TEXT NOT NULL,
                logged_model_id TEXT,
                pin_digest TEXT,
                unpinned_reason TEXT,
                PRIMARY KEY (name, number)
            )
            """,
            "CREATE INDEX model_versions_by_stage ON model_versions (name, stage, number) WHERE is_deleted = 0",
            "CREATE INDEX model_versions_by_update ON model_versions (updated_at DESC, name, number DESC) "
                + "WHERE is_deleted = 0",
            "CREATE INDEX model_versions_by_run ON model_versions (run_id)",
            """
            CREATE TABLE model_version_tags (
                name TEXT COLLATE "C" NOT NULL,
                number BIGINT NOT NULL,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT COLLATE "C" NOT NULL,
                PRIMARY KEY (name, number, key),
                FOREIGN KEY (name, number) REFERENCES model_versions ON UPDATE CASCADE ON DELETE CASCADE
            )
            """,
            """
            CREATE INDEX model_version_tags_prompts ON model_version_tags (name)
            WHERE key = 'mlflow.prompt.is_prompt' AND value = 'true'
            """,
            """
            CREATE TABLE model_aliases (
                name TEXT COLLATE "C" NOT NULL,
                alias TEXT COLLATE "C" NOT NULL,
                number BIGINT NOT NULL,
                PRIMARY KEY (name, alias),
                FOREIGN KEY (name, number) REFERENCES model_versions ON UPDATE CASCADE ON DELETE CASCADE
            )
            """,
            "CREATE INDEX model_aliases_by_version ON model_aliases (name, number)",
            """
            CREATE TABLE model_version_files (
                name TEXT COLLATE "C" NOT NULL,
                number BIGINT NOT NULL,
                place BIGINT NOT NULL,
                path TEXT NOT NULL,
                size_bytes BIGINT NOT NULL,
                sha256 TEXT NOT NULL,
                PRIMARY KEY (name, number, place),
                FOREIGN KEY (name, number) REFERENCES model_versions ON UPDATE CASCADE ON DELETE CASCADE
            )
            """,
        ]
    )

    private static let transitionRequests = Migration(
        "registry.V003_create_transition_requests",
        [
            "ALTER TABLE registered_models ADD COLUMN is_protected SMALLINT NOT NULL DEFAULT 0",
            """
            CREATE TABLE transition_requests (
                id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                name TEXT COLLATE "C" NOT NULL,
                number BIGINT NOT NULL,
                from_stage TEXT NOT NULL,
                to_stage TEXT NOT NULL,
                archives_others SMALLINT NOT NULL,
                state TEXT NOT NULL,
                requested_by TEXT NOT NULL,
                requested_at BIGINT NOT NULL,
                checklist TEXT NOT NULL,
                decided_by TEXT,
                decided_at BIGINT,
                FOREIGN KEY (name, number) REFERENCES model_versions ON UPDATE CASCADE ON DELETE CASCADE
            )
            """,
            "CREATE INDEX transition_requests_by_version ON transition_requests (name, number, id)",
            "CREATE INDEX transition_requests_by_state ON transition_requests (state, id)",
            """
            CREATE UNIQUE INDEX transition_requests_pending ON transition_requests (name, number, to_stage)
            WHERE state = 'pending'
            """,
            """
            CREATE TABLE transition_request_comments (
                request_id TEXT COLLATE "C" NOT NULL REFERENCES transition_requests ON DELETE CASCADE,
                id TEXT COLLATE "C" NOT NULL,
                author TEXT NOT NULL,
                at BIGINT NOT NULL,
                text TEXT NOT NULL,
                PRIMARY KEY (request_id, id)
            )
            """,
        ]
    )

    private static let documents = Migration(
        "registry.V004_create_model_version_documents",
        [
            """
            CREATE TABLE model_version_documents (
                name TEXT COLLATE "C" NOT NULL,
                number BIGINT NOT NULL,
                semantic_version TEXT COLLATE "C",
                framework TEXT,
                model_type TEXT,
                author TEXT,
                size_bytes BIGINT,
                hyperparameters TEXT,
                metrics TEXT,
                parents TEXT,
                datasets TEXT,
                code TEXT,
                experiment_id TEXT,
                run_id TEXT,
                PRIMARY KEY (name, number),
                UNIQUE (name, semantic_version),
                FOREIGN KEY (name, number) REFERENCES model_versions ON UPDATE CASCADE ON DELETE CASCADE
            )
            """
        ]
    )

    /// `artifact_folder` is the key of the folder that a version's files lie in, empty where the server does not keep
    /// them, so that a file's versions are found by the folders above it. Versions of before get theirs when the server starts.
    private static let pinnedFolders = Migration(
        "registry.V005_note_pinned_folders",
        [
            "ALTER TABLE model_versions ADD COLUMN artifact_folder TEXT COLLATE \"C\"",
            "CREATE INDEX model_versions_by_folder ON model_versions (artifact_folder) WHERE is_deleted = 0",
            "CREATE INDEX model_version_files_by_path ON model_version_files (name, number, path)",
        ]
    )

    /// By what a version came of, its versions are found when that is to be removed for good.
    private static let origins = Migration(
        "registry.V006_index_origins",
        [
            "CREATE INDEX model_versions_by_logged_model ON model_versions (logged_model_id) WHERE is_deleted = 0",
            "CREATE INDEX model_version_documents_by_run ON model_version_documents (run_id)",
        ]
    )

    /// `pin_due_at` is when the files of a version are to be read next, NULL for one that has its pin or gets none.
    private static let pendingPins = Migration(
        "registry.V007_note_pending_pins",
        [
            "ALTER TABLE model_versions ADD COLUMN pin_due_at BIGINT",
            "ALTER TABLE model_versions ADD COLUMN pin_attempts BIGINT NOT NULL DEFAULT 0",
            "CREATE INDEX model_versions_by_pin ON model_versions (pin_due_at) WHERE pin_due_at IS NOT NULL",
        ]
    )

    /// Who wishes the protection of a model lifted, and since when; NULL when nobody does.
    private static let liftRequests = Migration(
        "registry.V009_create_lift_requests",
        [
            "ALTER TABLE registered_models ADD COLUMN lift_requested_by TEXT",
            "ALTER TABLE registered_models ADD COLUMN lift_requested_at BIGINT",
        ]
    )
}
