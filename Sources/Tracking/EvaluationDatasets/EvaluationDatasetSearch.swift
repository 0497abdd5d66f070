import Database
package import Kernel

/// What a search of evaluation datasets asks for.
package struct EvaluationDatasetSearch: Sendable {
    /// Those of these experiments; none for all.
    package var experimentIDs: [ExperimentID]
    /// MLflow's filter over attributes and tags, nil or blank for all.
    package var filter: String?
    /// The order; newest first when empty.
    package var orderBy: [String]
    /// The most datasets a page holds.
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

    /// The part of the statement after `FROM evaluation_datasets`, asking for one row more than the page holds.
    func compiled() throws -> (text: SQLText, parameters: [SQLValue]) {
        try SearchLimits.check(experiments: experimentIDs.count, orders: orderBy.count)
        var query = SearchQuery()
        if !experimentIDs.isEmpty {
            let list = experimentIDs.map { query.bind(.integer($0.number)) }.joined(separator: ", ")
            query.require(
                "dataset_id IN (SELECT dataset_id FROM evaluation_dataset_experiments WHERE experiment_id IN (" + list
                    + "))"
            )
        }
        for condition in try parsedFilter(filter) { query.require(try sql(condition, &query)) }
        var keys: [SQLText] = try orderBy.map { item in
            let order = try parsedOrder(item)
            return try column(order.entity, order.key).0 + (order.isAscending ? " ASC" : " DESC") + " NULLS LAST"
        }
        if keys.isEmpty { keys.append("created_at DESC") }
        keys.append("dataset_id DESC")
        let text =
            query.whereClause + " ORDER BY " + keys.joined(separator: ", ") + " LIMIT " + .number(limit + 1)
            + " OFFSET " + .number(page?.offset ?? 0)
        return (text, query.parameters)
    }

    private func sql(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        guard condition.entity == "tag" || condition.entity == "tags" else {
            let (column, isNumber) = try column(condition.entity, condition.key)
            return isNumber ? try query.number(column, condition, isWhole: true) : try query.text(column, condition)
        }
        let key = query.bind(.text(condition.key))
        return "EXISTS (SELECT 1 FROM evaluation_dataset_tags AS t WHERE t.dataset_id = evaluation_datasets.dataset_id"
            + " AND t.key = " + key + " AND " + (try query.text("t.value", condition)) + ")"
    }

    private func column(_ entity: String?, _ key: String) throws -> (SQLText, isNumber: Bool) {
        guard entity == nil || entity == "attribute" || entity == "attributes" else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid entity type '\(entity?.prefix(100) ?? "")'. Valid values are ['attribute', 'tag']"
            )
        }
        switch key {
        case "name": return ("name", false)
        case "created_by": return ("created_by", false)
        case "last_updated_by": return ("updated_by", false)
        case "created_time": return ("created_at", true)
        case "last_update_time": return ("updated_at", true)
        default:
            throw MartletError(.invalidParameterValue, "Invalid attribute key '\(key.prefix(100))' specified.")
        }
    }
}
