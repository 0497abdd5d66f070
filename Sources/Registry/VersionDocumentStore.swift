import Database
import Kernel
import Tracking

/// The SQL of what is told of versions.
enum VersionDocumentStore {
    /// Answers false when another version of the model has the semantic version.
    static func save(_ document: VersionDocument, of version: ModelVersion, on connection: any SQLConnection) throws
        -> Bool
    {
        let key: [SQLValue] = [.text(version.modelName), .integer(Int64(version.number))]
        if let semantic = document.semanticVersion {
            let holder = try number(of: semantic, version.modelName, on: connection)
            guard holder == nil || holder == version.number else { return false }
        }
        try connection.execute("DELETE FROM model_version_documents WHERE name = $1 AND number = $2", key)
        try connection.execute(
            """
            INSERT INTO model_version_documents (name, number, semantic_version, framework, model_type, author,
                size_bytes, hyperparameters, metrics, parents, datasets, code, experiment_id, run_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            key + [
                .text(document.semanticVersion?.text), .text(document.framework), .text(document.modelType),
                .text(document.author), .integer(document.sizeBytes),
                .text(document.hyperparameters.map { JSON.object($0).text }),
                .text(document.metrics.map { JSON.object($0).text }),
                .text(document.parents.map { JSON.array($0.map(json)).text }),
                .text(document.datasets.map { JSON.array($0.map(json)).text }),
                .text(document.code.map { json($0).text }), .text(document.experimentID),
                .text(document.runID?.text),
            ]
        )
        return true
    }

    /// The number of the version that is called `version`, deleted or not; nil when none is.
    static func number(of version: SemanticVersion, _ name: String, on connection: any SQLConnection) throws -> Int? {
        try connection.first(
            "SELECT number FROM model_version_documents WHERE name = $1 AND semantic_version = $2",
            [.text(name), .text(version.text)]
        ) { Int(try $0.integer(0)) }
    }

    /// What is told of a version; the size of its pinned files where nobody told another.
    static func find(_ version: ModelVersion, on connection: any SQLConnection) throws -> VersionDocument {
        let key: [SQLValue] = [.text(version.modelName), .integer(Int64(version.number))]
        var found =
            try connection.first(
                """
                SELECT semantic_version, framework, model_type, author, size_bytes, hyperparameters, metrics, parents,
                    datasets, code, experiment_id, run_id
                FROM model_version_documents WHERE name = $1 AND number = $2
                """,
                key,
                document
            ) ?? VersionDocument()
        if found.sizeBytes == nil {
            found.sizeBytes =
                try connection.first(
                    "SELECT CAST(SUM(size_bytes) AS BIGINT) FROM model_version_files WHERE name = $1 AND number = $2",
                    key
                ) { try $0.optionalInteger(0) } ?? nil
        }
        if found.runID == nil { found.runID = version.runID }
        return found
    }

    private static func document(_ row: borrowing SQLRow) throws -> VersionDocument {
        var document = VersionDocument()
        document.semanticVersion = try row.optionalText(0).map { try SemanticVersion(text: $0) }
        document.framework = try row.optionalText(1)
        document.modelType = try row.optionalText(2)
        document.author = try row.optionalText(3)
        document.sizeBytes = try row.optionalInteger(4)
        document.hyperparameters = try json(row, 5)?.objectValue
        document.metrics = try json(row, 6)?.objectValue
        document.parents = try json(row, 7)?.arrayValue?.compactMap(parent)
        document.datasets = try json(row, 8)?.arrayValue?.compactMap(dataset)
        document.code = try json(row, 9)?.objectValue.map { code in
            CodeReference(
                repository: code["repository"]?.stringValue,
                commit: code["commit"]?.stringValue,
                digest: code["digest"]?.stringValue
            )
        }
        document.experimentID = try row.optionalText(10)
        document.runID = try row.optionalText(11).map { RunID($0) }
        return document
    }

    private static func json(_ row: borrowing SQLRow, _ column: Int) throws -> JSON? {
        try row.optionalText(column).map { try JSON.parse($0.utf8) }
    }

    private static func json(_ parent: ParentModel) -> JSON {
        ["name": .string(parent.name), "version": .string(parent.version), "relation": .string(parent.relation)]
    }

    private static func parent(_ value: JSON) -> ParentModel? {
        guard let object = value.objectValue, let name = object["name"]?.stringValue,
            let version = object["version"]?.stringValue, let relation = object["relation"]?.stringValue
        else { return nil }
        return ParentModel(name: name, version: version, relation: relation)
    }

    private static func json(_ dataset: TrainingDataset) -> JSON {
        [
            "name": .string(dataset.name), "version": .string(dataset.version),
            "split": dataset.split.map { .string($0) } ?? .null, "size": dataset.size.map { .integer($0) } ?? .null,
        ]
    }

    private static func dataset(_ value: JSON) -> TrainingDataset? {
        guard let object = value.objectValue, let name = object["name"]?.stringValue,
            let version = object["version"]?.stringValue
        else { return nil }
        return TrainingDataset(
            name: name,
            version: version,
            split: object["split"]?.stringValue,
            size: object["size"]?.integerValue
        )
    }

    private static func json(_ code: CodeReference) -> JSON {
        [
            "repository": code.repository.map { .string($0) } ?? .null,
            "commit": code.commit.map { .string($0) } ?? .null, "digest": code.digest.map { .string($0) } ?? .null,
        ]
    }
}
