package import Database
package import Kernel
import Ledger

extension TrackingService {
    /// Creates a logged model whose files are still to come.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` without such an experiment; `INVALID_PARAMETER_VALUE` when it is deleted or
    ///   the name holds one of `/ : . % " '`.
    package func createLoggedModel(_ new: NewLoggedModel) async throws -> LoggedModel {
        var generator = SystemRandomNumberGenerator()
        let id = LoggedModelID.random(using: &generator)
        let given = new.name.flatMap { $0.isEmpty ? nil : $0 }
        let name = given ?? RandomNames.next(using: &generator)
        guard !name.contains(where: { "/:.%\"'".contains($0) }) else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid model name ('\(name.prefix(200))') provided. Model name must be a non-empty string and cannot "
                    + "contain the following characters: ('/', ':', '.', '%', '\"', \"'\")"
            )
        }
        return try await database.write { [clock] connection in
            let experiment = try Self.found(new.experimentID, on: connection)
            try Self.checkActive(experiment)
            let now = clock.now()
            let model = LoggedModel(
                id: id,
                experimentID: experiment.id,
                name: name,
                artifactURI: experiment.artifactURI(of: "models/\(id)"),
                modelType: new.modelType,
                sourceRunID: new.sourceRunID,
                status: .pending,
                createdAt: now,
                updatedAt: now,
                tags: new.tags,
                params: new.params
            )
            try LoggedModelStore.insert(model, on: connection)
            if let run = new.sourceRunID {
                try LineageStore.link([Self.edge(from: run, to: id)], at: now, on: connection)
            }
            return model
        }
    }

    /// The logged model called `id`.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func loggedModel(_ id: LoggedModelID) async throws -> LoggedModel {
        try await database.read { try Self.found(id, on: $0) }
    }

    /// The logged model called `id`, in a transaction of the caller's; nil when there is none.
    ///
    /// - Throws: ``DatabaseError``.
    package func loggedModel(_ id: LoggedModelID, on connection: any SQLConnection) throws -> LoggedModel? {
        try LoggedModelStore.find(id, on: connection)
    }

    /// Says how far a logged model's upload is.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func setStatus(_ status: LoggedModelStatus, of id: LoggedModelID) async throws -> LoggedModel {
        try await database.write { [clock] connection in
            _ = try Self.found(id, on: connection)
            try LoggedModelStore.setStatus(status, id, at: clock.now(), on: connection)
            return try Self.found(id, on: connection)
        }
    }

    /// Hangs tags on a logged model, in place of those with the same keys.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func setLoggedModelTags(_ id: LoggedModelID, _ tags: [Tag]) async throws -> LoggedModel {
        try await database.write { connection in
            _ = try Self.found(id, on: connection)
            try LoggedModelStore.setTags(tags, of: id, on: connection)
            return try Self.found(id, on: connection)
        }
    }

    /// The same in a transaction of the caller's.
    ///
    /// - Throws: ``DatabaseError``.
    package func setLoggedModelTags(
        _ id: LoggedModelID,
        _ tags: [(key: String, value: String)],
        on connection: any SQLConnection
    ) throws {
        try LoggedModelStore.setTags(tags.map { Tag(key: $0.key, value: $0.value) }, of: id, on: connection)
    }

    /// Takes a tag off a logged model.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the model or the tag is not there.
    package func deleteLoggedModelTag(_ key: String, of id: LoggedModelID) async throws {
        try await database.write { connection in
            _ = try Self.found(id, on: connection)
            guard try LoggedModelStore.deleteTag(key, of: id, on: connection) else {
                throw MartletError(.resourceDoesNotExist, "No tag with key '\(key)' found for model with ID '\(id)'.")
            }
        }
    }

    /// Adds params to a logged model.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func addLoggedModelParams(_ id: LoggedModelID, _ params: [Param]) async throws {
        try await database.write { connection in
            _ = try Self.found(id, on: connection)
            try LoggedModelStore.insert(params, of: id, on: connection)
        }
    }

    /// Marks a logged model as deleted.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func deleteLoggedModel(_ id: LoggedModelID) async throws {
        try await database.write { [clock] connection in
            _ = try Self.found(id, on: connection)
            try LoggedModelStore.delete(id, at: clock.now(), on: connection)
        }
    }

    /// A page of the logged models of some experiments; ties of `orders` go newest first.
    ///
    /// The filter is MLflow's grammar over the attributes, metrics, params and tags. With `datasets`, metrics in it
    /// count on these alone; without a metric in it, models with any metric on one of them are found.
    /// - Throws: `INVALID_PARAMETER_VALUE` for a filter or an order that can't be, or more of them than a search may have.
    package func searchLoggedModels(
        in experiments: [ExperimentID],
        filter: String?,
        on datasets: [MeasuredDataset] = [],
        orderedBy orders: [LoggedModelOrder] = [],
        limit: Int,
        page: PageToken?
    ) async throws -> Page<LoggedModel> {
        guard !experiments.isEmpty else { return Page(items: [], next: nil) }
        try SearchLimits.check(experiments: experiments.count, orders: orders.count)
        var search = LoggedModelSearch(in: experiments, on: datasets)
        try search.require(try parsedFilter(filter))
        let order = try search.orderClause(orders)
        let offset = page?.offset ?? 0
        let text = search.query.whereClause + order + " LIMIT " + .number(limit + 1) + " OFFSET " + .number(offset)
        let parameters = search.query.parameters
        let rows = try await database.read { try LoggedModelStore.search(text, parameters, on: $0) }
        return Page(probing: rows, limit: limit, offset: offset)
    }

    private static func found(_ id: LoggedModelID, on connection: any SQLConnection) throws -> LoggedModel {
        guard let model = try LoggedModelStore.find(id, on: connection) else {
            throw MartletError(.resourceDoesNotExist, "Logged model with ID '\(id)' not found.")
        }
        return model
    }
}
