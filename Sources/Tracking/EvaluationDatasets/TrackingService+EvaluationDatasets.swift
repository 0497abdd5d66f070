import Database
package import Kernel
package import Ledger

extension TrackingService {
    /// Creates an evaluation dataset without records.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when one of the experiments is not there.
    package func createEvaluationDataset(
        named name: String,
        in experiments: [ExperimentID],
        tags: [Tag],
        by actor: Actor
    ) async throws -> EvaluationDataset {
        var generator = SystemRandomNumberGenerator()
        let id = "d-" + Hexadecimal.random(using: &generator)
        let now = clock.now()
        let user = tags.first { $0.key == "mlflow.user" }?.value
        let dataset = EvaluationDataset(
            id: id,
            name: name,
            digest: EvaluationDataset.digest(name, at: now),
            schema: nil,
            recordCount: 0,
            createdAt: now,
            updatedAt: now,
            createdBy: user,
            updatedBy: user,
            tags: tags,
            experimentIDs: experiments
        )
        return try await database.write { [self] connection in
            for experiment in experiments { _ = try Self.found(experiment, on: connection) }
            try EvaluationDatasetStore.insert(dataset, on: connection)
            try record("evaluation_dataset.created", dataset, by: actor, on: connection)
            return try Self.found(dataset: id, on: connection)
        }
    }

    /// The evaluation dataset called `id`.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func evaluationDataset(_ id: String) async throws -> EvaluationDataset {
        try await database.read { try Self.found(dataset: id, on: $0) }
    }

    /// A page of the evaluation datasets that `search` asks for.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a filter or an order that can't be.
    package func searchEvaluationDatasets(_ search: EvaluationDatasetSearch) async throws -> Page<EvaluationDataset> {
        let (text, parameters) = try search.compiled()
        let rows = try await database.read { try EvaluationDatasetStore.search(text, parameters, on: $0) }
        return Page(probing: rows, limit: search.limit, offset: search.page?.offset ?? 0)
    }

    /// Deletes an evaluation dataset with its records; it is well when there is none.
    ///
    /// - Throws: ``DatabaseError``.
    package func deleteEvaluationDataset(_ id: String, by actor: Actor) async throws {
        try await database.write { [self] connection in
            guard let dataset = try EvaluationDatasetStore.find(id, on: connection) else { return }
            try EvaluationDatasetStore.delete(id, on: connection)
            try record("evaluation_dataset.deleted", dataset, by: actor, on: connection)
        }
    }

    /// Hangs tags on an evaluation dataset, in place of those with the same keys.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func setEvaluationDatasetTags(_ id: String, _ tags: [Tag]) async throws {
        try await database.write { connection in
            _ = try Self.found(dataset: id, on: connection)
            try EvaluationDatasetStore.setTags(tags, of: id, on: connection)
        }
    }

    /// Takes a tag off an evaluation dataset; it is well when dataset or tag is not there.
    ///
    /// - Throws: ``DatabaseError``.
    package func deleteEvaluationDatasetTag(_ key: String, of id: String) async throws {
        try await database.write { try EvaluationDatasetStore.deleteTag(key, of: id, on: $0) }
    }

    /// Adds an evaluation dataset to experiments; those that it belongs to already stay.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the dataset or an experiment is not there.
    package func addEvaluationDataset(_ id: String, to experiments: [ExperimentID]) async throws -> EvaluationDataset {
        try await database.write { connection in
            _ = try Self.found(dataset: id, on: connection)
            for experiment in experiments { _ = try Self.found(experiment, on: connection) }
            try EvaluationDatasetStore.add(id, to: experiments, on: connection)
            return try Self.found(dataset: id, on: connection)
        }
    }

    /// Takes an evaluation dataset out of experiments; it is well when it is in none of them.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the dataset is not there.
    package func removeEvaluationDataset(
        _ id: String,
        from experiments: [ExperimentID]
    ) async throws -> EvaluationDataset {
        try await database.write { connection in
            _ = try Self.found(dataset: id, on: connection)
            try EvaluationDatasetStore.remove(id, from: experiments, on: connection)
            return try Self.found(dataset: id, on: connection)
        }
    }

    static func found(dataset id: String, on connection: any SQLConnection) throws -> EvaluationDataset {
        guard let dataset = try EvaluationDatasetStore.find(id, on: connection) else {
            throw MartletError(.resourceDoesNotExist, "Evaluation dataset with id '\(id)' not found")
        }
        return dataset
    }

    private func record(
        _ action: String,
        _ dataset: EvaluationDataset,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        try activities.record(
            NewActivity(
                actor,
                action,
                Subject("evaluation_dataset", dataset.id),
                details: ["name": .string(dataset.name)],
                topics: dataset.experimentIDs.map { "experiment:\($0)" }
            ),
            on: connection
        )
    }
}
