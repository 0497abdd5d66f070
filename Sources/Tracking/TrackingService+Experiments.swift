package import Database
package import Kernel
package import Ledger

extension TrackingService {
    /// Creates an experiment whose runs keep their artifacts at `location`, nil for the server's own store.
    ///
    /// - Throws: `RESOURCE_ALREADY_EXISTS` when the name is taken, also by a deleted one; `INVALID_PARAMETER_VALUE`
    ///   for a blank or long name, a tag out of bounds, or a location of the scheme `runs`.
    package func createExperiment(
        named name: String,
        at location: String? = nil,
        tags: [Tag] = [],
        by actor: Actor
    ) async throws -> ExperimentID {
        try NameRules.checkExperimentName(name)
        try checkExperimentTags(tags)
        let location = try location.flatMap { $0.isEmpty ? nil : try checkedLocation($0) }
        return try await database.write { [self] connection in
            guard try ExperimentStore.find(named: name, on: connection) == nil else { throw Self.nameTaken(name) }
            return try insertExperiment(named: name, at: location, tags: tags, by: actor, on: connection)
        }
    }

    private func insertExperiment(
        named name: String,
        at location: String?,
        tags: [Tag],
        by actor: Actor,
        on connection: any SQLConnection
    ) throws -> ExperimentID {
        let id = ExperimentID(number: try CounterStore.next("experiment", on: connection))
        let experiment = newExperiment(id, named: name, at: location, tags: tags)
        do {
            try ExperimentStore.insert(experiment, on: connection)
        } catch let error as DatabaseError where error.code == .uniqueViolation {
            throw Self.nameTaken(name)
        }
        try record("experiment.created", experiment, by: actor, details: ["name": .string(name)], on: connection)
        return id
    }

    /// The experiment called `name`, deleted or not; made with `tags` where there is none. Within a transaction of the
    /// caller's.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a blank or long name.
    package func findOrCreateExperiment(
        named name: String,
        tags: [Tag],
        by actor: Actor,
        on connection: any SQLConnection
    ) throws -> ExperimentID {
        if let found = try ExperimentStore.find(named: name, on: connection) { return found.id }
        try NameRules.checkExperimentName(name)
        try checkExperimentTags(tags)
        return try insertExperiment(named: name, at: nil, tags: tags, by: actor, on: connection)
    }

    /// Refuses an experiment that is not there, within a transaction of the caller's.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func requireExperiment(_ id: ExperimentID, on connection: any SQLConnection) throws {
        _ = try Self.found(id, on: connection)
    }

    /// The experiment numbered `id`, deleted or not.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func experiment(_ id: ExperimentID) async throws -> Experiment {
        try await database.read { try Self.found(id, on: $0) }
    }

    /// The experiment called `name`, deleted or not.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func experiment(named name: String) async throws -> Experiment {
        let found = try await database.read { try ExperimentStore.find(named: name, on: $0) }
        guard let found else {
            throw MartletError(.resourceDoesNotExist, "Could not find experiment with name '\(name)'")
        }
        return found
    }

    /// A page of the experiments that `search` asks for.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a filter, order or limit that can't be.
    package func searchExperiments(_ search: ExperimentSearch) async throws -> Page<Experiment> {
        let (text, parameters) = try search.compiled()
        let rows = try await database.read { try ExperimentStore.search(text, parameters, on: $0) }
        return Page(probing: rows, limit: search.limit, offset: search.page?.offset ?? 0)
    }

    /// Gives an experiment another name.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when it is deleted, where MLflow answers 500;
    ///   `RESOURCE_ALREADY_EXISTS`.
    package func renameExperiment(_ id: ExperimentID, to name: String, by actor: Actor) async throws {
        try NameRules.checkExperimentName(name)
        try await database.write { [self] connection in
            let experiment = try Self.found(id, on: connection)
            guard experiment.isActive else {
                throw MartletError(.invalidParameterValue, "Cannot rename a non-active experiment.")
            }
            do {
                try ExperimentStore.update(id, name: name, at: clock.now(), on: connection)
            } catch let error as DatabaseError where error.code == .uniqueViolation {
                throw Self.nameTaken(name)
            }
            try record("experiment.renamed", experiment, by: actor, details: ["name": .string(name)], on: connection)
        }
    }

    /// Marks an experiment and all its runs as deleted.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when there is no such active experiment.
    package func deleteExperiment(_ id: ExperimentID, by actor: Actor) async throws {
        try await setActive(false, id, by: actor)
    }

    /// Takes back the deletion of an experiment and of all its runs.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when there is no such deleted experiment.
    package func restoreExperiment(_ id: ExperimentID, by actor: Actor) async throws {
        try await setActive(true, id, by: actor)
    }

    private func setActive(_ isActive: Bool, _ id: ExperimentID, by actor: Actor) async throws {
        try await database.write { [self] connection in
            let experiment = try Self.found(id, on: connection)
            guard experiment.isActive != isActive else { throw Self.missing(id) }
            let now = clock.now()
            try ExperimentStore.setActive(isActive, id, at: now, on: connection)
            try RunStore.setDeleted(isActive ? nil : now, of: id, on: connection)
            try record(isActive ? "experiment.restored" : "experiment.deleted", experiment, by: actor, on: connection)
        }
    }

    /// Hangs a tag on an active experiment, in place of one with the same key.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when the experiment is deleted or the tag is
    ///   out of bounds.
    package func setExperimentTag(_ tag: Tag, on id: ExperimentID) async throws {
        try checkExperimentTags([tag])
        try await database.write { connection in
            try Self.checkActive(try Self.found(id, on: connection))
            try ExperimentStore.setTags([tag], of: id, on: connection)
        }
    }

    /// Takes a tag off an active experiment.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the experiment or the tag is not there.
    package func deleteExperimentTag(_ key: String, on id: ExperimentID) async throws {
        try await database.write { connection in
            try Self.checkActive(try Self.found(id, on: connection))
            guard try ExperimentStore.deleteTag(key, of: id, on: connection) else {
                throw MartletError(
                    .resourceDoesNotExist,
                    "No tag with name: \(key) in experiment with id \(id)"
                )
            }
        }
    }

    static func found(_ id: ExperimentID, on connection: any SQLConnection) throws -> Experiment {
        guard let experiment = try ExperimentStore.find(id, on: connection) else { throw missing(id) }
        return experiment
    }

    static func checkActive(_ experiment: Experiment) throws {
        guard experiment.isActive else {
            throw MartletError(
                .invalidParameterValue,
                "The experiment \(experiment.id) must be in the 'active' state. Current state is deleted."
            )
        }
    }

    private static func missing(_ id: ExperimentID) -> MartletError {
        MartletError(.resourceDoesNotExist, "No Experiment with id=\(id) exists")
    }

    private static func nameTaken(_ name: String) -> MartletError {
        MartletError(
            .resourceAlreadyExists,
            "Experiment(name=\(name)) already exists. Choose another name, or restore it if it was deleted."
        )
    }

    private func checkExperimentTags(_ tags: [Tag]) throws {
        for (index, tag) in tags.enumerated() {
            try NameRules.checkKey(tag.key, path: tags.count == 1 ? "key" : "tags[\(index)].key")
            try NameRules.checkLength(of: tag.value, max: NameRules.experimentTagLengthMax, path: "value")
        }
    }

    private func checkedLocation(_ location: String) throws -> String {
        // What follows a question mark tells clients how to reach the storage; a path has no such thing.
        let parts = location.split(separator: "?", maxSplits: 1)
        let mayHaveQuery = location.contains("://") && !location.hasPrefix("file:")
        let isPlain = parts.count == 1 || (mayHaveQuery && !parts[1].contains(".."))
        guard isPlain, !location.hasPrefix("runs:"), !location.contains("#"),
            !location.split(separator: "/").contains("..")
        else {
            throw MartletError(.invalidParameterValue, "Invalid artifact location '\(location.prefix(200))'.")
        }
        let trimmed = location.count > 1 && location.hasSuffix("/") ? String(location.dropLast()) : location
        guard !trimmed.hasPrefix("/"), !trimmed.contains(":") else { return trimmed }
        return workingFolder == "/" ? "/" + trimmed : "\(workingFolder)/\(trimmed)"
    }
}
