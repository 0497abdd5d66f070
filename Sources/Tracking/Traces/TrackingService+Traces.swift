import Database
package import Kernel
package import Ledger

extension TrackingService {
    /// The most traces that one call names.
    package static let namedTracesMax = 1000

    private static let linkedTracesMax = 100
    private static let deletedTracesMax = 500

    /// Keeps what a client tells of a trace, and tells it by the tag `mlflow.artifactLocation` where the spans go.
    ///
    /// A trace that is told again has its times, state and texts replaced; metadata, tags and assessments are added.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the experiment is not there; `INVALID_PARAMETER_VALUE` when it is
    ///   deleted, when the trace is another experiment's, or when the trace is out of bounds, with what was told of it
    ///   before.
    package func putTrace(_ given: Trace) async throws -> Trace {
        let trace = try TraceRules.checked(given)
        let assessments = try AssessmentRules.completed(trace.assessments, of: trace.id, at: clock.now())
        return try await database.write { connection in
            let experiment = try Self.found(trace.experimentID, on: connection)
            try Self.checkActive(experiment)
            let home = try TraceStore.experiment(of: trace.id, on: connection)
            if let home, home != experiment.id {
                throw MartletError(
                    .invalidParameterValue,
                    "Trace with ID '\(trace.id)' belongs to experiment \(home), not to \(experiment.id)."
                )
            }
            var placed = trace
            let place = experiment.artifactURI(of: "traces/\(trace.id)")
            placed.tags.append(Tag(key: TraceRules.artifactLocation, value: place))
            try TraceStore.put(placed, on: connection)
            try Self.put(assessments, of: trace.id, on: connection)
            let kept = try Self.found(trace.id, on: connection)
            try TraceRules.checkCounts(kept)
            return kept
        }
    }

    /// What is kept of the trace `id`.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func trace(_ id: TraceID) async throws -> Trace {
        try await database.read { try Self.found(id, on: $0) }
    }

    /// Those of `ids` that are there, in the order of their ids.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for more than ``namedTracesMax``.
    package func traces(_ ids: [TraceID]) async throws -> [Trace] {
        guard ids.count <= Self.namedTracesMax else {
            throw MartletError(
                .invalidParameterValue,
                "At most \(Self.namedTracesMax) traces can be asked for at once, not \(ids.count)."
            )
        }
        return try await database.read { try TraceStore.find(ids, on: $0) }
    }

    /// A page of the traces that `search` asks for.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a filter or an order that can't be.
    package func searchTraces(_ search: TraceSearch) async throws -> Page<Trace> {
        let (text, parameters) = try search.compiled()
        let rows = try await database.read { try TraceStore.search(text, parameters, on: $0) }
        return Page(probing: rows, limit: search.limit, offset: search.page?.offset ?? 0)
    }

    /// How often traces meet two filters, alone and together.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a filter that can't be.
    package func correlateTraces(_ search: TraceCorrelationSearch) async throws -> TraceCorrelation {
        let (text, parameters) = try search.compiled()
        let counts = try await database.read { try TraceStore.correlation(text, parameters, on: $0) }
        return counts ?? TraceCorrelation(total: 0, first: 0, second: 0, both: 0)
    }

    /// Hangs a tag on a trace, in place of one with the same key.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` for a key that can't be, or that says where the
    ///   trace's spans are, and when the trace has as many tags as it may have.
    package func setTraceTag(_ tag: Tag, on id: TraceID) async throws {
        let tag = try TraceRules.settable(tag)
        try await database.write { connection in
            guard try TraceStore.experiment(of: id, on: connection) != nil else { throw Self.missing(id) }
            try TraceStore.setTags([tag], of: id, on: connection)
            try TraceRules.checkTagCount(try TraceStore.tagCount(of: id, on: connection))
        }
    }

    /// Takes a tag off a trace.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the trace or the tag is not there; `INVALID_PARAMETER_VALUE` for one
    ///   that says where the trace's spans are.
    package func deleteTraceTag(_ key: String, on id: TraceID) async throws {
        try TraceRules.checkDeletable(key)
        try await database.write { connection in
            guard try TraceStore.experiment(of: id, on: connection) != nil else { throw Self.missing(id) }
            guard try TraceStore.deleteTag(key, of: id, on: connection) else {
                throw MartletError(
                    .resourceDoesNotExist,
                    "No trace tag with key '\(key)' for trace with ID '\(id)'"
                )
            }
        }
    }

    /// Links traces to a run, so that a search by the run's id finds them; they need not be there yet.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the run is not there; `INVALID_PARAMETER_VALUE` for more than a hundred
    ///   traces, or for an id that can't be one.
    package func linkTraces(_ ids: [TraceID], to run: RunID) async throws {
        guard ids.count <= Self.linkedTracesMax else {
            throw MartletError(
                .invalidParameterValue,
                "Cannot link more than \(Self.linkedTracesMax) traces to a run in a single request. "
                    + "Provided \(ids.count) traces."
            )
        }
        for id in ids { try TraceRules.checkID(id) }
        try await database.write { connection in
            try TraceStore.link(ids, toRun: try Self.found(run, on: connection).number, on: connection)
        }
    }

    /// Deletes traces of an experiment for good, some hundreds in a transaction; answers how many there were.
    ///
    /// Their files stay until a garbage collection finds that they belong to nothing.
    /// - Throws: ``DatabaseError``; what was deleted until then stays so.
    package func deleteTraces(_ which: TraceDeletion, in experiment: ExperimentID, by actor: Actor) async throws
        -> Int64
    {
        var count: Int64 = 0
        switch which {
        case .named(let ids):
            for some in ids.chunks(ofCount: Self.deletedTracesMax) {
                count += try await deleteTraces(in: experiment, by: actor) { connection in
                    try TraceStore.ids(Array(some), in: experiment, on: connection)
                }
            }
        case .oldest(let time, let max):
            var isMore = true
            while isMore {
                let limit = Int(min(Int64(Self.deletedTracesMax), (max ?? .max) - count))
                let deleted = try await deleteTraces(in: experiment, by: actor) { connection in
                    try TraceStore.oldest(in: experiment, until: time, limit: limit, on: connection)
                }
                count += deleted
                isMore = deleted == Int64(limit) && count < (max ?? .max)
            }
        }
        return count
    }

    private func deleteTraces(
        in experiment: ExperimentID,
        by actor: Actor,
        _ selected: @escaping @Sendable (any SQLConnection) throws -> [TraceID]
    ) async throws -> Int64 {
        try await database.write { [self] connection in
            let ids = try selected(connection)
            guard !ids.isEmpty else { return 0 }
            try TraceStore.delete(ids, on: connection)
            try record("experiment.traces_deleted", of: experiment, count: ids.count, by: actor, on: connection)
            return Int64(ids.count)
        }
    }

    /// Records that `count` traces of an experiment are gone: a trace is data, and has no activity of its own.
    func record(
        _ action: String,
        of experiment: ExperimentID,
        count: Int,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        try activities.record(
            NewActivity(
                actor,
                action,
                Subject("experiment", experiment.description),
                details: ["traces": .integer(Int64(count))],
                topics: ["experiment:\(experiment)"]
            ),
            on: connection
        )
    }

    static func found(_ id: TraceID, on connection: any SQLConnection) throws -> Trace {
        guard let trace = try TraceStore.find(id, on: connection) else { throw missing(id) }
        return trace
    }

    static func missing(_ id: TraceID) -> MartletError {
        MartletError(.resourceDoesNotExist, "Trace with ID '\(id.text.prefix(100))' not found.")
    }
}
