import Database
package import Kernel

extension TrackingService {
    /// Adds records to an evaluation dataset; one with the inputs of another is merged into it.
    ///
    /// - Returns: how many are new, and how many were merged.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func putEvaluationRecords(
        _ documents: [JSONObject],
        in id: String
    ) async throws -> (inserted: Int, updated: Int) {
        let now = clock.now()
        var generator = SystemRandomNumberGenerator()
        let given = documents.map { document in
            (EvaluationRecord.inputDigest(document), "dr-" + Hexadecimal.random(using: &generator), document)
        }
        return try await database.write { connection in
            let dataset = try Self.found(dataset: id, on: connection)
            var records = try EvaluationRecordStore.find(given.map(\.0), in: id, on: connection)
            var inserted = 0
            var order: [String] = []
            var seen: Set<String> = []
            for (digest, recordID, document) in given {
                if seen.insert(digest).inserted { order.append(digest) }
                guard records[digest] != nil else {
                    inserted += 1
                    records[digest] = Self.newRecord(recordID, document, at: now)
                    continue
                }
                records[digest]?.merge(document, at: now)
            }
            try EvaluationRecordStore.put(
                order.compactMap { digest in records[digest].map { (digest, $0) } },
                in: id,
                on: connection
            )
            let user = documents.compactMap { EvaluationRecord.user(of: $0) }.last
            try Self.noteChange(of: dataset, documents, by: user, at: now, on: connection)
            return (inserted, given.count - inserted)
        }
    }

    /// A page of an evaluation dataset's records, in the order of their creation.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func evaluationRecords(of id: String, limit: Int, page: PageToken?) async throws -> Page<EvaluationRecord> {
        let offset = page?.offset ?? 0
        let rows = try await database.read { connection in
            _ = try Self.found(dataset: id, on: connection)
            return try EvaluationRecordStore.list(id, limit: limit + 1, offset: offset, on: connection)
        }
        return Page(probing: rows, limit: limit, offset: offset)
    }

    /// Deletes records of an evaluation dataset; answers how many were there.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the dataset is not there.
    package func deleteEvaluationRecords(_ records: [String], of id: String) async throws -> Int64 {
        let now = clock.now()
        return try await database.write { connection in
            let dataset = try Self.found(dataset: id, on: connection)
            try EvaluationRecordStore.delete(records, in: id, on: connection)
            let rest = try EvaluationRecordStore.count(id, on: connection)
            guard rest != dataset.recordCount else { return 0 }
            try Self.noteChange(of: dataset, [], by: dataset.updatedBy, at: now, on: connection)
            return dataset.recordCount - rest
        }
    }

    private static func newRecord(_ id: String, _ given: JSONObject, at time: Timestamp) -> EvaluationRecord {
        let empty = JSON.object(JSONObject())
        var document = JSONObject([("inputs", given["inputs"] ?? empty), ("outputs", given["outputs"] ?? empty)])
        for name in ["expectations", "tags", "source"] {
            guard let value = given[name], value != .null else { continue }
            document[name] = value
        }
        let user = EvaluationRecord.user(of: given)
        return EvaluationRecord(
            id: id,
            document: document,
            createdAt: time,
            updatedAt: time,
            createdBy: user,
            updatedBy: user
        )
    }

    private static func noteChange(
        of dataset: EvaluationDataset,
        _ documents: [JSONObject],
        by user: String?,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        let changed = EvaluationDataset(
            id: dataset.id,
            name: dataset.name,
            digest: EvaluationDataset.digest(dataset.name, at: time),
            schema: documents.isEmpty ? dataset.schema : try EvaluationSchema.extended(dataset.schema, with: documents),
            recordCount: try EvaluationRecordStore.count(dataset.id, on: connection),
            createdAt: dataset.createdAt,
            updatedAt: time,
            createdBy: dataset.createdBy,
            updatedBy: user
        )
        try EvaluationDatasetStore.update(changed, on: connection)
    }
}
