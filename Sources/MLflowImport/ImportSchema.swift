package import Database

/// The tables in which an import notes how far it has come and what it brought; a server needs none of them.
package enum ImportSchema {
    /// The steps, in order.
    package static let migrations = [
        Migration(
            "mlflow_import.V001_create_imports",
            [
                """
                CREATE TABLE mlflow_import_cursors (
                    source TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    cursor TEXT NOT NULL,
                    is_done SMALLINT NOT NULL,
                    PRIMARY KEY (source, kind)
                )
                """,
                """
                CREATE TABLE mlflow_import_subjects (
                    source TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    id TEXT COLLATE "C" NOT NULL,
                    PRIMARY KEY (source, kind, id)
                ) {clustered}
                """,
            ]
        )
    ]
}
