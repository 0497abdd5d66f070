import Database
package import Kernel

/// What a search of experiments asks for.
package struct ExperimentSearch: Sendable {
    /// MLflow's filter, nil or blank for all.
    package var filter: String?
    /// Which of the active and deleted experiments.
    package var view: ViewType
    /// The order; newest first when empty.
    package var orderBy: [String]
    /// The most experiments a page holds, 1 to 50,000.
    package var limit: Int
    /// Where the page begins.
    package var page: PageToken?

    /// A search for all active experiments, newest first.
    package init(
        filter: String? = nil,
        view: ViewType = .activeOnly,
        orderBy: [String] = [],
        limit: Int,
        page: PageToken? = nil
    ) {
        self.filter = filter
        self.view = view
        self.orderBy = orderBy
        self.limit = limit
        self.page = page
    }

    /// The part of the statement after `FROM experiments`, asking for one row more than the page holds.
    func compiled() throws -> (text: SQLText, parameters: [SQLValue]) {
        var query = SearchQuery()
        switch view {
        case .activeOnly: query.require("is_active = 1")
        case .deletedOnly: query.require("is_active = 0")
        case .all: break
        }
        for condition in try parsedFilter(filter) { query.require(try sql(condition, &query)) }
        var keys = try parsedOrder(orderBy).map { order in
            try column(order.entity, order.key).0 + (order.isAscending ? " ASC" : " DESC")
        }
        keys += orderBy.isEmpty ? ["created_at DESC", "experiment_id ASC"] : ["experiment_id DESC"]
        let text =
            query.whereClause + " ORDER BY " + keys.joined(separator: ", ") + " LIMIT " + .number(limit + 1)
            + " OFFSET " + .number(page?.offset ?? 0)
        return (text, query.parameters)
    }

    private func sql(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        if let entity = condition.entity, ["tag", "tags"].contains(entity) {
            return try tag(condition, &query)
        }
        let (column, isNumber) = try column(condition.entity, condition.key)
        if column == "experiment_id" {
            return try query.text("CAST(experiment_id AS TEXT)", condition)
        }
        return isNumber
            ? try query.number(column, condition, isWhole: true) : try query.text(column, condition)
    }

    private func tag(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        let key = query.bind(.text(condition.key))
        let row =
            "SELECT 1 FROM experiment_tags AS t WHERE t.experiment_id = experiments.experiment_id AND t.key = " + key
        switch condition.comparison {
        case .isNull: return "NOT EXISTS (" + row + ")"
        case .isNotNull: return "EXISTS (" + row + ")"
        default: return "EXISTS (" + row + " AND " + (try query.text("t.value", condition)) + ")"
        }
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
        case "experiment_id": return ("experiment_id", false)
        case "creation_time": return ("created_at", true)
        case "last_update_time": return ("updated_at", true)
        default:
            throw MartletError(
                .invalidParameterValue,
                "Invalid attribute key '\(key.prefix(100))' specified. Valid keys are "
                    + "'{'name', 'experiment_id', 'creation_time', 'last_update_time'}'"
            )
        }
    }
}
