import Database
package import Kernel

/// What a search of traces asks for.
package struct TraceSearch: Sendable {
    /// Those of these experiments, deleted ones among them; none finds nothing.
    package var experimentIDs: [ExperimentID]
    /// MLflow's filter over attributes, tags and metadata, nil or blank for all.
    package var filter: String?
    /// The order; newest first when empty.
    package var orderBy: [String]
    /// The most traces a page holds.
    package var limit: Int
    /// Where the page begins.
    package var page: PageToken?

    /// A search in `experimentIDs`.
    package init(
        experimentIDs: [ExperimentID],
        filter: String? = nil,
        orderBy: [String] = [],
        limit: Int,
        page: PageToken? = nil
    ) {
        self.experimentIDs = experimentIDs
        self.filter = filter
        self.orderBy = orderBy
        self.limit = limit
        self.page = page
    }

    /// The part of the statement after `FROM traces`, asking for one row more than the page holds.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func compiled() throws -> (text: SQLText, parameters: [SQLValue]) {
        try SearchLimits.check(experiments: experimentIDs.count, orders: orderBy.count)
        var query = SearchQuery()
        try Self.require(experimentIDs, try parsedFilter(filter), &query)
        let keys = try orderKeys(&query)
        let text =
            query.whereClause + " ORDER BY " + keys.joined(separator: ", ") + " LIMIT " + .number(limit + 1)
            + " OFFSET " + .number(page?.offset ?? 0)
        return (text, query.parameters)
    }

    /// Has rows be traces of `experimentIDs` that meet `conditions`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func require(
        _ experimentIDs: [ExperimentID],
        _ conditions: [FilterCondition],
        _ query: inout SearchQuery
    ) throws {
        query.require(
            experimentIDs.isEmpty
                ? "1 = 0" : "traces.experiment_id IN (" + query.bind(experimentIDs.map(\.number)) + ")"
        )
        for condition in conditions {
            query.require(try TraceField(condition.entity, condition.key).sql(condition, &query))
        }
    }

    private func orderKeys(_ query: inout SearchQuery) throws -> [SQLText] {
        var seen: Set<TraceField> = []
        var keys: [SQLText] = []
        for item in orderBy {
            let order = try parsedOrder(item)
            let field = try TraceField(order.entity, order.key)
            guard seen.insert(field).inserted else {
                let shown = orderBy.map { String($0.prefix(200)) }
                throw MartletError(
                    .invalidParameterValue,
                    "`order_by` contains duplicate fields: \(PythonText.list(shown))"
                )
            }
            keys.append(field.orderKey(isAscending: order.isAscending, &query))
        }
        if !seen.contains(.attribute(.requestedAt)) { keys.append("traces.requested_at DESC") }
        if !seen.contains(.attribute(.id)) { keys.append("traces.trace_id") }
        return keys
    }
}
