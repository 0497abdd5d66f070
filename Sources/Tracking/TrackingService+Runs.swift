package import Database
package import Kernel
package import Ledger

extension TrackingService {
    /// Creates a run in status RUNNING.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` without such an experiment; `INVALID_PARAMETER_VALUE` when it is deleted,
    ///   when name and tag `mlflow.runName` differ, or when a tag is out of bounds.
    package func createRun(_ new: NewRun, by actor: Actor) async throws -> RunDetails {
        var generator = SystemRandomNumberGenerator()
        let id = RunID.random(using: &generator)
        let name = try runName(new, using: &generator)
        let named = [Tag(key: Self.runNameTag, value: name)]
        let tags = try checkedTags(new.tags).filter { $0.key != Self.runNameTag } + named
        let number = try await runNumbers.next()
        return try await database.write { [self] connection in
            let experiment = try Self.found(new.experimentID, on: connection)
            try Self.checkActive(experiment)
            let run = Run(
                id: id,
                experimentID: experiment.id,
                name: name,
                userID: new.userID,
                status: .running,
                startedAt: new.startedAt,
                endedAt: nil,
                isActive: true,
                artifactURI: experiment.artifactURI(of: id.text)
            )
            try RunStore.insert(run, number, on: connection)
            try RunDataStore.setTags(tags, of: number, on: connection)
            try record("run.created", run, by: actor, details: ["name": .string(name)], on: connection)
            return RunDetails(run: run, tags: tags.sorted { $0.key < $1.key })
        }
    }

    private func runName(_ new: NewRun, using generator: inout some RandomNumberGenerator) throws -> String {
        let tag = new.tags.last { $0.key == Self.runNameTag }.flatMap { $0.value.isEmpty ? nil : $0.value }
        guard let name = new.name, !name.isEmpty else { return tag ?? RandomNames.next(using: &generator) }
        guard tag == nil || tag == name else {
            throw MartletError(
                .invalidParameterValue,
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
                    + "(run_name='\(name)', mlflow.runName='\(tag ?? "")')."
            )
        }
        return name
    }

    /// The run called `id`, deleted or not.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func run(_ id: RunID) async throws -> Run {
        try await database.read { try Self.found(id, on: $0).run }
    }

    /// The run called `id`, deleted or not, in a transaction of the caller's; nil when there is none.
    ///
    /// - Throws: ``DatabaseError``.
    package func run(_ id: RunID, on connection: any SQLConnection) throws -> Run? {
        try RunStore.find(id, on: connection)?.run
    }

    /// The run called `id` with everything that it carries.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func runDetails(_ id: RunID) async throws -> RunDetails {
        try await database.read { connection in
            let run = try Self.found(id, on: connection)
            return try RunTableStore.table(of: [run], on: connection).first ?? RunDetails(run: run.run)
        }
    }

    /// The runs among `ids` that there are, with everything that they carry, in no order.
    ///
    /// - Throws: ``DatabaseError``.
    package func knownRuns(_ ids: [RunID]) async throws -> [RunDetails] {
        guard !ids.isEmpty else { return [] }
        return try await database.read { connection in
            Array(try RunTableStore.table(of: try RunStore.find(ids, on: connection), on: connection))
        }
    }

    /// A page of the runs that `search` asks for.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a filter, order or limit that can't be.
    package func searchRuns(_ search: RunSearch) async throws -> RunPage {
        guard !search.experimentIDs.isEmpty else { return RunPage(items: RunTable([]), next: nil) }
        let plan = try RunSearchPlan(search)
        return try await database.read { connection in
            let rows = try RunSearcher.rows(plan, on: connection)
            let page = Page(probing: rows, limit: search.limit, offset: search.page?.offset ?? 0)
            return RunPage(items: try RunTableStore.table(of: page.items, on: connection), next: page.next)
        }
    }

    /// How many active runs of its experiment name each of `ids` as their parent, counted to `limit`; runs that are not
    /// there are left out.
    ///
    /// - Throws: ``DatabaseError``.
    package func nestedRunCounts(of ids: [RunID], limit: Int) async throws -> [RunID: Int] {
        guard !ids.isEmpty else { return [:] }
        return try await database.read { try RunDataStore.childCounts(of: ids, limit: limit, on: $0) }
    }

    /// Changes status, end or name of an active run; answers the run as it is then.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when it is deleted.
    package func updateRun(_ id: RunID, _ change: RunChange, by actor: Actor) async throws -> Run {
        var change = change
        if change.name?.isEmpty == true { change.name = nil }
        return try await database.write { [self, change] connection in
            let stored = try Self.active(id, on: connection)
            try RunStore.update(stored.number, change, on: connection)
            if let name = change.name {
                try RunDataStore.setTags([Tag(key: Self.runNameTag, value: name)], of: stored.number, on: connection)
            }
            let run = try Self.found(id, on: connection).run
            let isFinished = change.status?.isFinal == true
            try record(
                isFinished ? "run.finished" : "run.updated",
                run,
                by: actor,
                details: ["status": .string(run.status.name), "name": .string(run.name)],
                on: connection
            )
            return run
        }
    }

    /// Marks a run as deleted; doing it twice is the same as once.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func deleteRun(_ id: RunID, by actor: Actor) async throws {
        try await setDeleted(clock.now(), id, "run.deleted", by: actor)
    }

    /// Takes back a run's deletion; doing it twice is the same as once.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func restoreRun(_ id: RunID, by actor: Actor) async throws {
        try await setDeleted(nil, id, "run.restored", by: actor)
    }

    private func setDeleted(_ time: Timestamp?, _ id: RunID, _ action: String, by actor: Actor) async throws {
        try await database.write { [self] connection in
            let stored = try Self.found(id, on: connection)
            guard stored.run.isActive == (time != nil) else { return }
            try RunStore.setDeleted(time, stored.number, on: connection)
            try record(action, stored.run, by: actor, on: connection)
        }
    }

    static let runNameTag = "mlflow.runName"

    static func found(_ id: RunID, on connection: any SQLConnection) throws -> StoredRun {
        guard let run = try RunStore.find(id, on: connection) else {
            throw MartletError(.resourceDoesNotExist, "Run with id=\(id) not found")
        }
        return run
    }

    static func active(_ id: RunID, on connection: any SQLConnection) throws -> StoredRun {
        let run = try found(id, on: connection)
        guard run.run.isActive else {
            throw MartletError(
                .invalidParameterValue,
                "The run \(id) must be in the 'active' state. Current state is deleted."
            )
        }
        return run
    }
}
