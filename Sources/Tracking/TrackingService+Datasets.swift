import Database
package import Kernel

/// A dataset that runs of an experiment read, with what they read it for.
package struct DatasetSummary: Sendable {
    /// The experiment.
    package let experimentID: ExperimentID
    /// The dataset's name.
    package let name: String
    /// The dataset's digest.
    package let digest: String
    /// What it was read for, such as `training`; nil when no run said.
    package let context: String?
}

extension TrackingService {
    private static let summariesMax = 1000

    /// The datasets that runs of some experiments read, each once for every context; at most 1000.
    ///
    /// By experiment, name, digest and context.
    /// - Throws: ``DatabaseError``.
    package func datasets(in experiments: [ExperimentID]) async throws -> [DatasetSummary] {
        guard !experiments.isEmpty else { return [] }
        return try await database.read { connection in
            try connection.query(
                "SELECT DISTINCT experiment_id, name, digest, context FROM run_dataset_inputs WHERE experiment_id IN ("
                    + .parameters(from: 1, count: experiments.count)
                    + ") ORDER BY experiment_id, name, digest, context NULLS FIRST LIMIT " + .number(Self.summariesMax),
                experiments.map { .integer($0.number) }
            ) { row in
                DatasetSummary(
                    experimentID: ExperimentID(number: try row.integer(0)),
                    name: try row.text(1),
                    digest: try row.text(2),
                    context: try row.optionalText(3)
                )
            }
        }
    }
}
