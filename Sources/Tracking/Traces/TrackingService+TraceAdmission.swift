import Artifacts
package import Database
package import Kernel
package import ObjectStore

/// Taking in traces that come from another tracking server, as runs are taken in.
extension TrackingService {
    /// Takes in traces with their tags, the one that says where the spans are among them, their metadata and
    /// assessments. A trace that is there and had not ended becomes as it is elsewhere; another only gets what it has
    /// not yet. `folders` are those of their artifacts in the server's own store, whose removal is taken back.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when an experiment is not there.
    package func admit(_ traces: [Trace], in folders: [ObjectKey], on connection: any SQLConnection) throws {
        try ArtifactRemovals.withdraw(folders, on: connection)
        let unfinished = try TraceAdmissionStore.unfinished(traces.map(\.id), on: connection)
        for trace in traces where trace.state != .inProgress && unfinished.contains(trace.id) {
            try TraceStore.put(trace, on: connection)
        }
        try TraceAdmissionStore.insert(traces, on: connection)
    }

    /// Takes in which runs traces are linked to; what belongs to a run that is not there is left out.
    ///
    /// - Throws: ``DatabaseError``.
    package func admit(_ links: [Owned<TraceID, RunID>], on connection: any SQLConnection) throws {
        let runs = try AdmissionStore.stored(Array(Set(links.map(\.value))), on: connection)
        for link in links {
            guard let run = runs[link.value] else { continue }
            try TraceStore.link([link.owner], toRun: run.number, on: connection)
        }
    }

    /// Those of `ids`, at most a thousand, that are there, with all that is told of them.
    ///
    /// - Throws: ``DatabaseError``.
    package func traces(_ ids: [TraceID], on connection: any SQLConnection) throws -> [Trace] {
        try TraceStore.find(ids, on: connection)
    }

    /// The runs to which those of `ids`, at most a thousand, are linked.
    ///
    /// - Throws: ``DatabaseError``.
    package func runs(ofTraces ids: [TraceID], on connection: any SQLConnection) throws -> [Owned<TraceID, RunID>] {
        try TraceAdmissionStore.runs(of: ids, on: connection)
    }
}
