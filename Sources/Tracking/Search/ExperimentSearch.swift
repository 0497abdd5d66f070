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
        let keys = try orderKeys()
        let text =
            query.whereClause + " ORDER BY " + keys.joined(separator: ", ") + " LIMIT " + .number(limit + 1)
            + " OFFSET " + .number(page?.offset ?? 0)
        return (text, query.parameters)
    }

    /// A key that is named again changes nothing, here as in MLflow, which refuses that in other searches alone.
    private func orderKeys() throws -> [SQLText] {
        let keys = try orderBy.map { item in
            let order = try parsedOrder(item)
            guard try FilterSubjects.ofNamed.subject(order.entity) == .attribute else {
                throw MartletError(.invalidParameterValue, "Invalid order_by entity: tag")
            }
            let (column, _) = try Self.column(order.key)
            return column + (order.isAscending ? " ASC" : " DESC")
        }
        return keys + (orderBy.isEmpty ? ["created_at DESC", "experiment_id ASC"] : ["experiment_id DESC"])
    }

    private func sql(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        guard try FilterSubjects.ofNamed.subject(condition.entity) == .attribute else {
            return try tag(condition, &query)
        }
        let (column, isNumber) = try Self.column(condition.key)
        if isNumber {
            if case .number(_, let text) = condition.value, Int64(text) == nil {
                throw MartletError(
                    .invalidParameterValue,
                    "Invalid value for numeric attribute '\(condition.key)': '\(text.prefix(200))'"
                )
            }
            return try query.number(column, condition, isWhole: true, kind: "numeric attribute: \(condition.key)")
        }
        if column == "experiment_id" { return try number(condition, &query) }
        if case .list = condition.value {
            throw MartletError(
                .invalidParameterValue,
                "Only ['experiment_id'] attributes support comparison with a list of quoted string values."
            )
        }
        return try query.text(column, condition)
    }

    /// An experiment's number is compared as a number, though it is written as a text.
    private func number(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        func bound(_ text: String) throws -> SQLText {
            guard let number = Int64(text) else {
                throw MartletError(.invalidParameterValue, "Invalid experiment ID: \(PythonText.literal(text))")
            }
            return query.bind(.integer(number))
        }
        switch (condition.comparison, condition.value) {
        case (.equal, .string(let text)): return "experiment_id = " + (try bound(text))
        case (.notEqual, .string(let text)): return "experiment_id <> " + (try bound(text))
        case (.isIn, .list(let texts)):
            return "experiment_id IN (" + (try texts.map(bound).joined(separator: ", ")) + ")"
        case (.isNotIn, .list(let texts)):
            return "experiment_id NOT IN (" + (try texts.map(bound).joined(separator: ", ")) + ")"
        case (.equal, _), (.notEqual, _): return try query.text("experiment_id", condition)
        default:
            throw MartletError(
                .invalidParameterValue,
                "Invalid comparator for experiment_id: \(condition.comparison.text)"
            )
        }
    }

    private func tag(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        let key = query.bind(.text(condition.key))
        let row =
            "SELECT 1 FROM experiment_tags AS t WHERE t.experiment_id = experiments.experiment_id AND t.key = " + key
        switch condition.comparison {
        case .isNull: return "NOT EXISTS (" + row + ")"
        case .isNotNull: return "EXISTS (" + row + ")"
        case .isIn, .isNotIn:
            throw MartletError(
                .invalidParameterValue,
                "Expected a quoted string value for tag (e.g. 'my-value'). Got value \(condition.valueText.prefix(200))"
            )
        default: return "EXISTS (" + row + " AND " + (try query.text("t.value", condition, kind: "tag")) + ")"
        }
    }

    private static func column(_ key: String) throws -> (SQLText, isNumber: Bool) {
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
