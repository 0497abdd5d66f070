import Database
import Kernel
import Ledger

/// The SQL of what is told of versions; their runs stand in their own rows.
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
                size_bytes, hyperparameters, metrics, parents, datasets, code, experiment_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            key + [
                .text(document.semanticVersion?.text), .text(document.framework), .text(document.modelType),
                .text(document.author), .integer(document.sizeBytes),
                .text(document.hyperparameters.map { JSON.object($0).text }),
                .text(document.metrics.map { JSON.object($0).text }),
                .text(document.parents.map { text(of: $0, found: document.foundParents) }),
                .text(document.datasets.map { JSON.array($0.map(json)).text }),
                .text(document.code.map { json($0).text }), .text(document.experimentID),
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
        try documents(of: [version], on: connection).first ?? VersionDocument()
    }

    /// What is told of `versions`, all of one model and next to each other by their numbers, in their order.
    static func documents(of versions: [ModelVersion], on connection: any SQLConnection) throws -> [VersionDocument] {
        let numbers = versions.map(\.number)
        guard let name = versions.first?.modelName, let first = numbers.min(), let last = numbers.max() else {
            return []
        }
        let range: [SQLValue] = [.text(name), .integer(Int64(first)), .integer(Int64(last))]
        let found = try told(range, on: connection)
        let isSizeKnown = numbers.allSatisfy { found[$0]?.sizeBytes != nil }
        let sizes = isSizeKnown ? [:] : try fileSizes(range, on: connection)
        return versions.map { version in
            var document = found[version.number] ?? VersionDocument()
            if document.sizeBytes == nil { document.sizeBytes = sizes[version.number] }
            document.runID = version.runID
            return document
        }
    }

    /// What somebody told of a version, and its run.
    static func told(_ version: ModelVersion, on connection: any SQLConnection) throws -> VersionDocument {
        let number = SQLValue.integer(Int64(version.number))
        let found = try told([.text(version.modelName), number, number], on: connection)
        var document = found[version.number] ?? VersionDocument()
        document.runID = version.runID
        return document
    }

    /// What somebody told of the versions of a model between two numbers, by the number.
    private static func told(_ range: [SQLValue], on connection: any SQLConnection) throws -> [Int: VersionDocument] {
        let rows = try connection.query(
            """
            SELECT semantic_version, framework, model_type, author, size_bytes, hyperparameters, metrics, parents,
                datasets, code, experiment_id, number
            FROM model_version_documents WHERE name = $1 AND number BETWEEN $2 AND $3
            """,
            range
        ) { row in (number: Int(try row.integer(11)), document: try document(row)) }
        return Dictionary(rows.map { ($0.number, $0.document) }) { first, _ in first }
    }

    /// The bytes of the pinned files of each version that has any, by its number.
    private static func fileSizes(_ range: [SQLValue], on connection: any SQLConnection) throws -> [Int: Int64] {
        let rows = try connection.query(
            """
            SELECT number, CAST(SUM(size_bytes) AS BIGINT) FROM model_version_files
            WHERE name = $1 AND number BETWEEN $2 AND $3 GROUP BY number
            """,
            range
        ) { row in (number: Int(try row.integer(0)), bytes: try row.integer(1)) }
        return Dictionary(rows.map { ($0.number, $0.bytes) }) { first, _ in first }
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
        let parents = try json(row, 7)?.arrayValue?.compactMap(parent)
        document.parents = parents?.map(\.parent)
        document.foundParents = found(parents ?? [])
        document.datasets = try json(row, 8)?.arrayValue?.compactMap(dataset)
        document.code = try json(row, 9)?.objectValue.map { code in
            CodeReference(
                repository: code["repository"]?.stringValue,
                commit: code["commit"]?.stringValue,
                digest: code["digest"]?.stringValue
            )
        }
        document.experimentID = try row.optionalText(10)
        return document
    }

    private static func json(_ row: borrowing SQLRow, _ column: Int) throws -> JSON? {
        try row.optionalText(column).map { try JSON.parse($0.utf8) }
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
