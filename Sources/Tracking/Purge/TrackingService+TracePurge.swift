import Artifacts
import Database
import Kernel
package import Ledger

/// Traces, which go with their experiment.
extension TrackingService {
    /// Removes a page of the traces of deleted experiments, or says what would be.
    ///
    /// The cursor is where the page before ended, empty for the first; it is moved on, and nil after the last. Without
    /// an actor nothing is removed.
    /// - Returns: what is gone, or would be, and what stays.
    /// - Throws: ``DatabaseError``.
    package func purgeTraces(
        _ selection: PurgeSelection,
        _ rules: PurgeRules,
        cursor: inout String?,
        by actor: Actor?
    ) async throws -> PurgeOutcome {
        let after = cursor ?? ""
        let page = try await database.read {
            try PurgeCandidateStore.traces(selection, after: after, limit: Self.purgePageMax, on: $0)
        }
        cursor = page.count == Self.purgePageMax ? page.last?.id.text : nil
        let ids = page.map(\.id)
        guard let actor else {
            return try await database.read { try Self.decide(ids, selection, rules, on: $0).outcome }
        }
        return try await piecewise(ids) { [self] ids, connection in
            let (outcome, traces) = try Self.decide(ids, selection, rules, on: connection)
            try TraceStore.delete(traces.map(\.id), on: connection)
            try ArtifactRemovals.request(outcome.purged.compactMap(\.folder), at: clock.now(), on: connection)
            let experiments = Dictionary(grouping: traces, by: \.experimentID)
            for (experiment, gone) in experiments.sorted(by: { $0.key.number < $1.key.number }) {
                try record("experiment.traces_purged", of: experiment, count: gone.count, by: actor, on: connection)
            }
            return outcome
        }
    }

    private static func decide(
        _ ids: [TraceID],
        _ selection: PurgeSelection,
        _ rules: PurgeRules,
        on connection: any SQLConnection
    ) throws -> (outcome: PurgeOutcome, traces: [PurgeCandidateStore.DeletedTrace]) {
        let traces = try PurgeCandidateStore.stillDeleted(ids, until: selection.deletedUntil, on: connection)
        let candidates = traces.map { trace in
            candidate(.init(.trace, trace.id.text), at: trace.artifactURI, of: trace.experimentID, rules)
        }
        let reasons = try reasons(candidates, rules, on: connection)
        return (outcome(candidates, reasons), traces.filter { reasons[.init(.trace, $0.id.text)] == nil })
    }
}
