import Database
package import Kernel
package import Ledger
import Registry

/// What was predicted in batches.
extension ServingService {
    private static let columnsMax = 20_000

    /// Remembers predictions that a version made of a file, and draws the edges to them; telling it again changes
    /// nothing.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` without the version; `RESOURCE_CONFLICT` when it is not pinned to the digest
    ///   that predicted; `INVALID_PARAMETER_VALUE` for names or counts that are none; ``DatabaseError``.
    package func record(_ set: PredictionSet, by actor: Actor) async throws -> PredictionSetRecord {
        try Self.check(set)
        let version = try await registry.version(set.model.name, .number(set.model.version))
        guard case .pinned(set.model.digest) = version.pin else {
            throw MartletError(
                .resourceConflict,
                "Model Version (name=\(set.model.name), version=\(set.model.version)) is not pinned to"
                    + " \(set.model.digest): other files made these predictions."
            )
        }
        let record = PredictionSetRecord(set: set, createdAt: clock.now(), createdBy: actor.name)
        let activities = try activities
        return try await database.write { connection in
            guard try PredictionSetStore.insert(record, on: connection) else {
                return try PredictionSetStore.find(set.id, on: connection) ?? record
            }
            let (source, target) = (set.input.subject, set.output.subject)
            let now = record.createdAt
            try LineageStore.link(from: version.subject, relation: "predicted", to: target, at: now, on: connection)
            try LineageStore.link(from: source, relation: "scored", to: target, at: now, on: connection)
            try activities.record(
                NewActivity(
                    actor,
                    "prediction_set.created",
                    target,
                    details: [
                        "model_name": .string(set.model.name), "model_version": .integer(Int64(set.model.version)),
                        "input": .string(set.input.subject.id), "rows": .integer(Int64(set.output.rows)),
                        "failed_rows": .integer(Int64(set.failedRows)),
                    ],
                    topics: ["model:\(set.model.name)"]
                ),
                on: connection
            )
            return record
        }
    }

    /// The prediction set called `id`.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; ``DatabaseError``.
    package func predictionSet(_ id: String) async throws -> PredictionSetRecord {
        guard let found = try await database.read({ try PredictionSetStore.find(id, on: $0) }) else {
            throw MartletError(.resourceDoesNotExist, "There is no prediction set \"\(id.prefix(100))\".")
        }
        return found
    }

    /// Prediction sets, newest first, of one model or of all.
    ///
    /// - Throws: ``DatabaseError``.
    package func predictionSets(
        modelName: String?,
        from token: PageToken?,
        limit: Int
    ) async throws -> Page<PredictionSetRecord> {
        let offset = token?.offset ?? 0
        let rows = try await database.read { connection in
            try PredictionSetStore.page(modelName: modelName, offset: offset, limit: limit + 1, on: connection)
        }
        return Page(probing: rows, limit: limit, offset: offset)
    }

    private static func check(_ set: PredictionSet) throws {
        for file in [set.input, set.output] {
            guard (1...500).contains(file.name.utf8.count), !file.name.contains("/"), file.rows >= 0 else {
                throw MartletError(
                    .invalidParameterValue,
                    "A file has a name without \"/\" of 1 to 500 bytes and a number of rows."
                )
            }
        }
        guard set.failedRows >= 0, set.schema.count <= columnsMax else {
            throw MartletError(
                .invalidParameterValue,
                "A prediction set has at most \(columnsMax) columns, and no less than 0 rows that failed."
            )
        }
    }
}

extension PredictionSet.File {
    /// What the Ledger calls it, whether it is read or written.
    fileprivate var subject: Subject { .datasetVersion(name, digest.hexadecimal) }
}
