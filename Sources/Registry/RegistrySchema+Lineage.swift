import Database

extension RegistrySchema {
    /// What versions came of, as it is kept from here on: the run of a version stands in its own row alone; nothing that
    /// is gone has a place under a name that another may take; and what came with an import is drawn.
    static let lineage = Migration(
        "registry.V008_mend_lineage",
        [
            """
            UPDATE model_versions SET run_id = (
                SELECT d.run_id FROM model_version_documents d
                WHERE d.name = model_versions.name AND d.number = model_versions.number
            ) WHERE is_deleted = 0 AND run_id = '' AND EXISTS (
                SELECT 1 FROM model_version_documents d
                WHERE d.name = model_versions.name AND d.number = model_versions.number AND d.run_id IS NOT NULL
            )
            """,
            "DROP INDEX model_version_documents_by_run",
            "ALTER TABLE model_version_documents DROP COLUMN run_id",
            """
            DELETE FROM lineage_edges WHERE to_kind = 'model_version' AND to_id NOT IN (
                SELECT name || '/' || CAST(number AS TEXT) FROM model_versions WHERE is_deleted = 0
            )
            """,
            """
            DELETE FROM lineage_edges WHERE from_kind = 'model_version' AND from_id NOT IN (
                SELECT name || '/' || CAST(number AS TEXT) FROM model_versions WHERE is_deleted = 0
            )
            """,
            """
            DELETE FROM lineage_edges WHERE from_kind = 'run' AND to_kind = 'model_version'
            AND (from_id, to_id) NOT IN (
                SELECT run_id, name || '/' || CAST(number AS TEXT) FROM model_versions WHERE is_deleted = 0
            )
            """,
            """
            INSERT INTO lineage_edges (from_kind, from_id, relation, to_kind, to_id, at)
            SELECT 'dataset_version', i.name || '/' || i.digest, 'used_by', 'run', r.run_id, r.started_at
            FROM run_dataset_inputs i JOIN runs r ON r.run_number = i.run_number WHERE 1 = 1 ON CONFLICT DO NOTHING
            """,
            """
            INSERT INTO lineage_edges (from_kind, from_id, relation, to_kind, to_id, at)
            SELECT 'logged_model', m.model_id, 'used_by', 'run', r.run_id, r.started_at
            FROM run_models m JOIN runs r ON r.run_number = m.run_number WHERE m.is_output = 0 ON CONFLICT DO NOTHING
            """,
            """
            INSERT INTO lineage_edges (from_kind, from_id, relation, to_kind, to_id, at)
            SELECT 'run', r.run_id, 'made', 'logged_model', m.model_id, r.started_at
            FROM run_models m JOIN runs r ON r.run_number = m.run_number WHERE m.is_output = 1 ON CONFLICT DO NOTHING
            """,
            """
            INSERT INTO lineage_edges (from_kind, from_id, relation, to_kind, to_id, at)
            SELECT 'run', source_run_id, 'made', 'logged_model', model_id, created_at
            FROM logged_models WHERE source_run_id IS NOT NULL ON CONFLICT DO NOTHING
            """,
        ]
    )
}
