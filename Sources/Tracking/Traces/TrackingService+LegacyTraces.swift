import Database
package import Kernel

/// MLflow 2's way to tell of a trace: once when it begins, and once when it ends.
extension TrackingService {
    /// Keeps a trace that begins, under an id that is made here.
    ///
    /// - Throws: as ``putTrace(_:)``.
    package func startTrace(in experiment: ExperimentID, at time: Timestamp, metadata: [Tag], tags: [Tag]) async throws
        -> Trace
    {
        var generator = SystemRandomNumberGenerator()
        let id = TraceID(Hexadecimal.random(using: &generator))
        var trace = Trace(id: id, of: experiment, at: time, state: .inProgress)
        trace.metadata = metadata
        trace.tags = tags
        return try await putTrace(trace)
    }

    /// Notes when a trace ended and how; metadata and tags are added.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when what is added is out of bounds.
    package func endTrace(_ id: TraceID, at time: Timestamp, state: TraceState, metadata: [Tag], tags: [Tag])
        async throws -> Trace
    {
        try await database.write { connection in
            var trace = try Self.found(id, on: connection)
            let (duration, overflows) = time.milliseconds.subtractingReportingOverflow(trace.requestedAt.milliseconds)
            guard !overflows else {
                throw MartletError(
                    .invalidParameterValue,
                    "The trace '\(id)' can't have ended at \(time.milliseconds)."
                )
            }
            trace.durationMs = duration
            trace.state = state
            trace.metadata = metadata
            trace.tags = tags
            try TraceStore.put(try TraceRules.checked(trace), on: connection)
            let kept = try Self.found(id, on: connection)
            try TraceRules.checkCounts(kept)
            return kept
        }
    }
}
