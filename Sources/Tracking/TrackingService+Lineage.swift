import Database
package import Kernel
import Ledger

/// The edges of runs, the same for what is logged here and for what comes from elsewhere.
extension TrackingService {
    typealias RunEdge = (source: Subject, relation: String, target: Subject)

    static func edge(from dataset: DatasetInput, to run: RunID) -> RunEdge {
        (Subject.datasetVersion(dataset.name, dataset.digest), "used_by", subject(run))
    }

    static func edge(from model: LoggedModelID, to run: RunID) -> RunEdge { (subject(model), "used_by", subject(run)) }

    static func edge(from run: RunID, to model: LoggedModelID) -> RunEdge { (subject(run), "made", subject(model)) }

    private static func subject(_ run: RunID) -> Subject { Subject(LineageKind.run.rawValue, run.text) }

    private static func subject(_ model: LoggedModelID) -> Subject {
        Subject(LineageKind.loggedModel.rawValue, model.text)
    }
}

extension TrackingService {
    /// Whether there is such a run, deleted or not.
    ///
    /// - Throws: ``DatabaseError``.
    package func hasRun(_ id: RunID) async throws -> Bool {
        try await database.read { try RunStore.find(id, on: $0) != nil }
    }

    /// Whether there is such a logged model, deleted or not.
    ///
    /// - Throws: ``DatabaseError``.
    package func hasLoggedModel(_ id: LoggedModelID) async throws -> Bool {
        try await database.read { try LoggedModelStore.exists(id, on: $0) }
    }
}
