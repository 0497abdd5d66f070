package import Database
package import Kernel
package import Ledger

/// Scorers of experiments: registered in versions, and told how much of what comes in they shall judge.
package final class ScorerService: Sendable {
    let database: any SQLDatabase
    let activities: ActivityLog
    let endpoints: ScorerEndpoints
    let clock: WallClock

    /// The scorers in `database`, whose judges may be `endpoints`.
    package init(
        database: any SQLDatabase,
        activities: ActivityLog,
        endpoints: ScorerEndpoints,
        clock: WallClock
    ) {
        self.database = database
        self.activities = activities
        self.endpoints = endpoints
        self.clock = clock
    }

    /// Registers a scorer, or the next version of it.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad name, a definition that is no JSON object, carries code or names a
    ///   place to send requests to, and a deleted experiment; `RESOURCE_DOES_NOT_EXIST` when the experiment or the
    ///   endpoint that judges is not there; `RESOURCE_EXHAUSTED` when there are too many.
    package func register(
        _ name: String,
        _ definition: String,
        in experiment: ExperimentID,
        by actor: Actor
    ) async throws -> ScorerVersion {
        try ScorerRules.check(name: name)
        let definition = try ScorerDefinition(definition)
        try ScorerRules.check(definition)
        let now = clock.now()
        let newID = Self.newID()
        return try await database.write { [self] connection in
            try TrackingService.checkActive(try TrackingService.found(experiment, on: connection))
            let endpointID = try definition.endpoint.map { try endpoints.find($0, connection) }
            let id = try Self.findOrInsert(name, newID, in: experiment, on: connection)
            let versions = try ScorerStore.versions(of: id, on: connection)
            guard versions.count < ScorerRules.versionsMax else {
                throw Self.exhausted("The scorer '\(name)' has \(ScorerRules.versionsMax) versions already.")
            }
            var version = ScorerVersion(
                scorerID: id,
                experimentID: experiment,
                name: name,
                version: versions.last + 1,
                definition: endpointID.map { definition.text(naming: $0) } ?? definition.text,
                createdAt: now
            )
            try ScorerStore.insert(version, on: connection)
            if let endpointID { try endpoints.bind(endpointID, version, connection) }
            let details: JSONObject = ["name": .string(name), "version": .integer(version.version)]
            try record("scorer.registered", id, of: experiment, details, by: actor, on: connection)
            version.definition = definition.text
            return version
        }
    }

    /// The last version of each scorer of an experiment, by name.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when the experiment is deleted.
    package func scorers(in experiment: ExperimentID) async throws -> [ScorerVersion] {
        try await database.read { [self] connection in
            try TrackingService.checkActive(try TrackingService.found(experiment, on: connection))
            return try named(
                try ScorerStore.latest(in: [experiment], limit: ScorerRules.countMax, on: connection),
                on: connection
            )
        }
    }

    /// The last version of each scorer of the active ones among some experiments, nil for all, by experiment and name.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when too many experiments are named; `RESOURCE_EXHAUSTED` when there are too
    ///   many scorers for one answer.
    package func scorers(across experiments: [ExperimentID]?) async throws -> [ScorerVersion] {
        guard (experiments?.count ?? 0) <= ScorerRules.idsMax else {
            throw ScorerRules.invalid("At most \(ScorerRules.idsMax) experiment_ids can be asked for at once.")
        }
        if experiments?.isEmpty == true { return [] }
        let limit = ScorerRules.listMax
        return try await database.read { [self] connection in
            let found = try ScorerStore.latest(in: experiments, limit: limit + 1, on: connection)
            guard found.count <= limit else {
                throw Self.exhausted("There are more than \(limit) scorers. Ask for fewer experiments at once.")
            }
            return try named(found, on: connection)
        }
    }

    /// All versions of a scorer, the first one first.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when the experiment is deleted.
    package func versions(of name: String, in experiment: ExperimentID) async throws -> [ScorerVersion] {
        try await database.read { [self] connection in
            let found = try ScorerStore.all(of: try Self.id(name, in: experiment, on: connection), on: connection)
            guard !found.isEmpty else { throw Self.missing(name, nil, experiment) }
            return try named(found, on: connection)
        }
    }

    /// A version of a scorer; the last one when no number is given.
    ///
    /// - Throws: as ``versions(of:in:)``.
    package func scorer(_ name: String, version: Int64?, in experiment: ExperimentID) async throws -> ScorerVersion {
        try await database.read { [self] connection in
            let id = try Self.id(name, in: experiment, on: connection)
            guard let found = try ScorerStore.version(version, of: id, on: connection),
                let scorer = try named([found], on: connection).first
            else {
                throw Self.missing(name, version, experiment)
            }
            return scorer
        }
    }

    /// Deletes a version of a scorer; the scorer itself when no number is given.
    ///
    /// - Throws: as ``versions(of:in:)``.
    package func delete(
        _ name: String,
        version: Int64?,
        in experiment: ExperimentID,
        by actor: Actor
    ) async throws {
        try await database.write { [self] connection in
            let id = try Self.id(name, in: experiment, on: connection)
            var details: JSONObject = ["name": .string(name)]
            if let version {
                guard try ScorerStore.delete(version, of: id, on: connection) else {
                    throw Self.missing(name, version, experiment)
                }
                details["version"] = .integer(version)
            } else {
                try ScorerStore.delete(id, on: connection)
            }
            try record("scorer.deleted", id, of: experiment, details, by: actor, on: connection)
        }
    }
}

/// Judging what comes in.
extension ScorerService {
    /// Says how much of what comes in a scorer shall judge, in place of what was said before.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a rate outside 0 to 1, a long filter, a scorer without an endpoint of
    ///   the gateway or one that asks for what is expected; `RESOURCE_DOES_NOT_EXIST`.
    package func setOnlineScoring(
        of name: String,
        in experiment: ExperimentID,
        sampleRate: Double,
        filter: String?,
        by actor: Actor
    ) async throws -> OnlineScoring {
        try ScorerRules.check(sampleRate: sampleRate, filter: filter)
        let newID = Self.newID()
        return try await database.write { [self] connection in
            let id = try Self.id(name, in: experiment, on: connection)
            if sampleRate > 0, let last = try ScorerStore.version(nil, of: id, on: connection) {
                try Self.checkScoresOnline(try ScorerDefinition(last.definition), name)
            }
            let scoring = OnlineScoring(
                id: newID,
                scorerID: id,
                experimentID: experiment,
                sampleRate: sampleRate,
                filter: filter
            )
            try ScorerStore.set(scoring, on: connection)
            let details: JSONObject = ["name": .string(name), "sample_rate": .number(sampleRate)]
            try record("scorer.online_scoring_set", id, of: experiment, details, by: actor, on: connection)
            return scoring
        }
    }

    /// What was said of those of the scorers of which something was.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when too many are named.
    package func onlineScoring(of ids: [String]) async throws -> [OnlineScoring] {
        guard ids.count <= ScorerRules.idsMax else {
            throw ScorerRules.invalid("At most \(ScorerRules.idsMax) scorer_ids can be asked for at once.")
        }
        guard !ids.isEmpty else { return [] }
        return try await database.read { try ScorerStore.onlineScoring(of: ids, on: $0) }
    }

    private static func checkScoresOnline(_ definition: ScorerDefinition, _ name: String) throws {
        guard definition.endpoint != nil else {
            throw ScorerRules.invalid(
                "Scorer '\(name)' does not use a gateway model. Automatic evaluation is only supported for scorers that "
                    + "use gateway models."
            )
        }
        guard !definition.needsExpectations else {
            throw ScorerRules.invalid(
                "Scorer '\(name)' requires expectations, but scorers with expectations are not currently supported for "
                    + "automatic evaluation."
            )
        }
    }
}

/// What several verbs need.
extension ScorerService {
    /// The versions with the endpoints that judge by their names; without a model where the endpoint is gone.
    private func named(_ versions: [ScorerVersion], on connection: any SQLConnection) throws -> [ScorerVersion] {
        let definitions = try versions.map { try ScorerDefinition($0.definition) }
        let ids = Set(definitions.compactMap(\.endpoint))
        let names = ids.isEmpty ? [:] : try endpoints.names(ids, connection)
        return zip(versions, definitions).map { version, definition in
            guard let endpoint = definition.endpoint else { return version }
            var version = version
            version.definition = definition.text(naming: names[endpoint])
            return version
        }
    }

    private static func id(
        _ name: String,
        in experiment: ExperimentID,
        on connection: any SQLConnection
    ) throws -> String {
        try TrackingService.checkActive(try TrackingService.found(experiment, on: connection))
        guard let id = try ScorerStore.find(name, in: experiment, on: connection) else {
            throw missing(name, nil, experiment)
        }
        return id
    }

    private static func findOrInsert(
        _ name: String,
        _ newID: String,
        in experiment: ExperimentID,
        on connection: any SQLConnection
    ) throws -> String {
        if let id = try ScorerStore.find(name, in: experiment, on: connection) { return id }
        guard try ScorerStore.count(in: experiment, on: connection) < ScorerRules.countMax else {
            throw exhausted("The experiment has \(ScorerRules.countMax) scorers already.")
        }
        try ScorerStore.insert(newID, name, in: experiment, on: connection)
        return newID
    }

    private func record(
        _ action: String,
        _ id: String,
        of experiment: ExperimentID,
        _ details: JSONObject,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let topics = ["experiment:\(experiment)"]
        try activities.record(
            NewActivity(actor, action, Subject("scorer", id), details: details, topics: topics),
            on: connection
        )
    }

    private static func newID() -> String {
        var generator = SystemRandomNumberGenerator()
        return Hexadecimal.random(using: &generator)
    }

    private static func missing(_ name: String, _ version: Int64?, _ experiment: ExperimentID) -> MartletError {
        let which = version.map { "' and version \($0) not" } ?? "' not"
        return MartletError(
            .resourceDoesNotExist,
            "Scorer with name '\(name.prefix(200))\(which) found for experiment \(experiment)."
        )
    }

    private static func exhausted(_ message: String) -> MartletError {
        MartletError(.resourceExhausted, message + " Delete what is not needed.")
    }
}
