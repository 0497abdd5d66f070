package import Database
package import Kernel
import Ledger

/// Taking in what comes from another tracking server, with its ids and times; what is there already stays as it is, but
/// for the end of a run and of the upload of a logged model that had none when they came.
///
/// All happens in a transaction of the caller's, who notes in it how far it has come. Nothing is checked but what the
/// tables need: what one server let in, another may hold. Whatever belongs to a run or logged model that is not there
/// is left out. What came from what is drawn as it is for what is logged here.
extension TrackingService {
    /// Takes in experiments, and keeps later ones from getting their numbers.
    ///
    /// The experiment `Default` is there on every server; one that nobody has used becomes what it is elsewhere.
    /// - Throws: ``DatabaseError``, `.uniqueViolation` when another experiment has the name of one of them.
    package func admit(_ experiments: [Experiment], on connection: any SQLConnection) throws {
        // First, for another may have the name that this one gives up.
        for experiment in experiments where experiment.id.number == 0 {
            try AdmissionStore.replaceUnused(by: experiment, on: connection)
        }
        try AdmissionStore.insert(experiments, on: connection)
    }

    /// Takes in tags of experiments.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when an experiment is not there.
    package func admit(_ tags: [Owned<ExperimentID, Tag>], on connection: any SQLConnection) throws {
        try AdmissionStore.insert(tags, on: connection)
    }

    /// Takes in runs.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when an experiment is not there.
    package func admit(_ runs: [AdmittedRun], on connection: any SQLConnection) throws {
        try AdmissionStore.insert(runs, on: connection)
    }

    /// Takes in params of runs.
    ///
    /// - Throws: ``DatabaseError``.
    package func admit(_ params: [Owned<RunID, Param>], on connection: any SQLConnection) throws {
        let runs = try AdmissionStore.stored(Self.owners(params), on: connection)
        try AdmissionStore.insertParams(
            params.compactMap { param in runs[param.owner].map { (number: $0.number, param: param.value) } },
            on: connection
        )
    }

    /// Takes in tags of runs.
    ///
    /// - Throws: ``DatabaseError``.
    package func admit(_ tags: [Owned<RunID, Tag>], on connection: any SQLConnection) throws {
        let runs = try AdmissionStore.stored(Self.owners(tags), on: connection)
        try AdmissionStore.insertTags(
            tags.compactMap { tag in runs[tag.owner].map { (number: $0.number, tag: tag.value) } },
            on: connection
        )
    }

    /// Takes in points of metrics, those of one run together. For each metric that has points already all these are read:
    /// whoever has many points of one hands them over at once.
    ///
    /// - Throws: ``DatabaseError``.
    package func admit(_ points: [Owned<RunID, Metric>], on connection: any SQLConnection) throws {
        let runs = try AdmissionStore.stored(Self.owners(points), on: connection)
        var rest = points[...]
        while let owner = rest.first?.owner {
            let own = rest.prefix { $0.owner == owner }
            rest = rest.dropFirst(own.count)
            guard let run = runs[owner] else { continue }
            let new = try AdmissionStore.missing(own.map(\.value), of: run.number, on: connection)
            guard !new.isEmpty else { continue }
            try MetricStore.append(MetricBatch(admitted: new), to: run.number, on: connection)
        }
    }

    /// Says which of two points of a metric that are equally late is the latest, after all points were taken in.
    ///
    /// - Throws: ``DatabaseError``.
    package func admitLatest(_ points: [Owned<RunID, Metric>], on connection: any SQLConnection) throws {
        let runs = try AdmissionStore.stored(Self.owners(points), on: connection)
        try AdmissionStore.setLatest(
            points.compactMap { point in runs[point.owner].map { (number: $0.number, metric: point.value) } },
            on: connection
        )
    }

    /// Takes in what runs read.
    ///
    /// - Throws: ``DatabaseError``.
    package func admit(_ inputs: [Owned<RunID, DatasetInput>], on connection: any SQLConnection) throws {
        let runs = try AdmissionStore.stored(Self.owners(inputs), on: connection)
        for input in inputs {
            guard let run = runs[input.owner] else { continue }
            try RunDataStore.insert(input.value, of: run, on: connection)
        }
        let edges = inputs.filter { runs[$0.owner] != nil }.map { Self.edge(from: $0.value, to: $0.owner) }
        try LineageStore.link(edges, at: clock.now(), on: connection)
    }

    /// Takes in which logged models runs used and made.
    ///
    /// - Throws: ``DatabaseError``.
    package func admit(_ links: [Owned<RunID, ModelLink>], on connection: any SQLConnection) throws {
        let runs = try AdmissionStore.stored(Self.owners(links), on: connection)
        for link in links {
            guard let run = runs[link.owner] else { continue }
            try RunDataStore.insert(
                models: [link.value.output],
                isOutput: link.value.isOutput,
                of: run.number,
                on: connection
            )
        }
        let edges = links.filter { runs[$0.owner] != nil }.map { link in
            let model = link.value.output.modelID
            return link.value.isOutput
                ? Self.edge(from: link.owner, to: model) : Self.edge(from: model, to: link.owner)
        }
        try LineageStore.link(edges, at: clock.now(), on: connection)
    }

    /// Takes in logged models.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when an experiment is not there.
    package func admit(_ models: [AdmittedLoggedModel], on connection: any SQLConnection) throws {
        try AdmissionStore.insert(models, on: connection)
        let edges = models.compactMap { model in model.sourceRunID.map { Self.edge(from: $0, to: model.id) } }
        try LineageStore.link(edges, at: clock.now(), on: connection)
    }

    /// Takes in params of logged models.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when a model is not there.
    package func admit(_ params: [Owned<LoggedModelID, Param>], on connection: any SQLConnection) throws {
        try AdmissionStore.insert(params, on: connection)
    }

    /// Takes in tags of logged models.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when a model is not there.
    package func admit(_ tags: [Owned<LoggedModelID, Tag>], on connection: any SQLConnection) throws {
        try AdmissionStore.insert(tags, on: connection)
    }

    /// Takes in metrics of logged models, each with the run that logged it.
    ///
    /// - Throws: ``DatabaseError``.
    package func admitModelMetrics(_ metrics: [Owned<RunID, Metric>], on connection: any SQLConnection) throws {
        for metric in metrics {
            try LoggedModelStore.append([metric.value], from: metric.owner, on: connection)
        }
    }

    /// Each owner once, in the order of the first of its things.
    private static func owners<Value>(_ things: [Owned<RunID, Value>]) -> [RunID] {
        var owners: [RunID] = []
        for thing in things where thing.owner != owners.last { owners.append(thing.owner) }
        return owners
    }
}

/// What was taken in, as it is now.
extension TrackingService {
    /// The experiments that have one of `ids` or are called by one of `names`, deleted or not, by their ids; at most
    /// 1,000 of each are asked for.
    ///
    /// - Throws: ``DatabaseError``.
    package func experiments(
        _ ids: [ExperimentID],
        orNamed names: [String] = [],
        on connection: any SQLConnection
    ) throws -> [Experiment] {
        try AdmissionStore.experiments(ids, orNamed: names, on: connection)
    }

    /// Whether an experiment has runs, deleted or not.
    ///
    /// - Throws: ``DatabaseError``.
    package func hasRuns(_ id: ExperimentID, on connection: any SQLConnection) throws -> Bool {
        try AdmissionStore.hasRuns(id, on: connection)
    }

    /// The runs among `ids` that are there, deleted or not.
    ///
    /// - Throws: ``DatabaseError``.
    package func runs(_ ids: [RunID], on connection: any SQLConnection) throws -> [Run] {
        let runs = try AdmissionStore.stored(ids, on: connection)
        return ids.compactMap { runs[$0]?.run }
    }

    /// The runs among `ids` that are there, deleted or not, with all that they carry.
    ///
    /// - Throws: ``DatabaseError``.
    package func runDetails(_ ids: [RunID], on connection: any SQLConnection) throws -> [RunDetails] {
        let runs = try AdmissionStore.stored(ids, on: connection)
        return Array(try RunTableStore.table(of: ids.compactMap { runs[$0] }, on: connection))
    }

    /// A metric's whole history, by timestamp, step and value.
    ///
    /// - Throws: ``DatabaseError``.
    package func points(of id: RunID, key: String, on connection: any SQLConnection) throws -> [Metric] {
        guard let run = try RunStore.find(id, on: connection) else { return [] }
        return try MetricHistory(of: run.number, key: key, on: connection)?.all() ?? []
    }

    /// The logged models among `ids` that are there and deleted, or there and not.
    ///
    /// - Throws: ``DatabaseError``.
    package func loggedModels(_ ids: [LoggedModelID], isDeleted: Bool, on connection: any SQLConnection) throws
        -> [LoggedModel]
    {
        try AdmissionStore.loggedModels(ids, isDeleted: isDeleted, on: connection)
    }
}
