import Database
package import Kernel

/// What a search of runs asks for.
package struct RunSearch: Sendable {
    /// The experiments to look in.
    package var experimentIDs: [ExperimentID]
    /// MLflow's filter, nil or blank for all.
    package var filter: String?
    /// Which of the active and deleted runs.
    package var view: ViewType
    /// The order; ties go by start, newest first, then by id.
    package var orderBy: [String]
    /// The most runs a page holds, 1 to 50,000.
    package var limit: Int
    /// Where the page begins.
    package var page: PageToken?

    /// A search in `experimentIDs` for all active runs, newest first.
    package init(
        experimentIDs: [ExperimentID],
        filter: String? = nil,
        view: ViewType = .activeOnly,
        orderBy: [String] = [],
        limit: Int = 1000,
        page: PageToken? = nil
    ) {
        self.experimentIDs = experimentIDs
        self.filter = filter
        self.view = view
        self.orderBy = orderBy
        self.limit = limit
        self.page = page
    }

    /// The part of the statement after `FROM runs`, asking for one row more than the page holds.
    func compiled() throws -> (text: SQLText, parameters: [SQLValue]) {
        var query = SearchQuery()
        let experiments = experimentIDs.map { query.bind(.integer($0.number)) }.joined(separator: ", ")
        query.require("runs.experiment_id IN (" + experiments + ")")
        switch view {
        case .activeOnly: query.require("runs.deleted_at IS NULL")
        case .deletedOnly: query.require("runs.deleted_at IS NOT NULL")
        case .all: break
        }
        for condition in try parsedFilter(filter) {
            query.require(try RunSearchCompiler.condition(condition, &query))
        }
        var joins: SQLText = ""
        var keys: [SQLText] = []
        for (number, order) in try RunSearchCompiler.orders(orderBy).enumerated() {
            let (join, key) = try RunSearchCompiler.order(order, number, &query)
            joins = joins + join
            keys.append(key)
        }
        keys.append("runs.started_at DESC")
        keys.append("runs.run_id")
        let text =
            joins + query.whereClause + " ORDER BY " + keys.joined(separator: ", ") + " LIMIT " + .number(limit + 1)
            + " OFFSET " + .number(page?.offset ?? 0)
        return (text, query.parameters)
    }
}

/// Turns conditions and orders on runs into SQL.
enum RunSearchCompiler {
    static func condition(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        switch try FilterSubjects.ofRuns.subject(condition.entity) {
        case .metric: try metric(condition, &query)
        case .param: try keyed("run_params", condition, &query, kind: "parameter")
        case .tag: try keyed("run_tags", condition, &query, kind: "tag")
        case .attribute: try attribute(condition, &query)
        case .dataset: try dataset(condition, &query)
        }
    }

    /// A metric is compared by its latest value; NaN meets only `!=`, a missing metric meets nothing.
    private static func metric(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        let key = query.bind(.text(condition.key))
        let test = try query.number("m.value", condition, isWhole: false, kind: "metric")
        let matches: SQLText =
            condition.comparison == .notEqual ? "(m.is_nan = 1 OR " + test + ")" : "m.is_nan = 0 AND " + test
        return """
            EXISTS (SELECT 1 FROM latest_metrics AS m WHERE m.run_number = runs.run_number
            AND m.key_id = (SELECT key_id FROM metric_keys WHERE key =
            """ + " " + key + ") AND " + matches + ")"
    }

    private static func keyed(
        _ table: SQLText,
        _ condition: FilterCondition,
        _ query: inout SearchQuery,
        kind: String
    ) throws -> SQLText {
        let key = query.bind(.text(condition.key))
        let row = "SELECT 1 FROM " + table + " AS d WHERE d.run_number = runs.run_number AND d.key = " + key
        switch condition.comparison {
        case .isNull: return "NOT EXISTS (" + row + ")"
        case .isNotNull: return "EXISTS (" + row + ")"
        case .isIn, .isNotIn:
            throw MartletError(
                .invalidParameterValue,
                "Expected a quoted string value for \(kind) (e.g. 'my-value'). "
                    + "Got value \(condition.valueText.prefix(200))"
            )
        default: return "EXISTS (" + row + " AND " + (try query.text("d.value", condition, kind: kind)) + ")"
        }
    }

    private static func dataset(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        let inputs: SQLText = "EXISTS (SELECT 1 FROM run_dataset_inputs AS i WHERE i.run_number = runs.run_number AND "
        switch condition.key {
        case "name": return inputs + (try query.text("i.name", condition, kind: "dataset")) + ")"
        case "digest": return inputs + (try query.text("i.digest", condition, kind: "dataset")) + ")"
        case "context": return inputs + (try query.text("i.context", condition, kind: "dataset")) + ")"
        default:
            throw MartletError(
                .invalidParameterValue,
                "Invalid dataset key '\(condition.key)' specified. Valid keys are 'name', 'digest', 'context'"
            )
        }
    }

    private static func attribute(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        let (column, kind) = try attribute(condition.key)
        if kind == .number {
            return try query.number(column, condition, isWhole: true, kind: "numeric attribute: \(condition.key)")
        }
        if case .list = condition.value, column != "runs.run_id" {
            throw MartletError(
                .invalidParameterValue,
                "Only ['run_id'] attributes support comparison with a list of quoted string values."
            )
        }
        return try query.text(kind == .status ? statusName : column, condition)
    }

    private enum AttributeKind {
        case text, number, status
    }

    private static func attribute(_ key: String) throws -> (SQLText, AttributeKind) {
        switch key {
        case "run_id": return ("runs.run_id", .text)
        case "run_name", "run name", "Run name", "Run Name": return ("runs.name", .text)
        case "user_id": return ("runs.user_id", .text)
        case "status": return ("runs.status", .status)
        case "artifact_uri": return ("runs.artifact_uri", .text)
        case "start_time", "created", "Created": return ("runs.started_at", .number)
        case "end_time": return ("runs.ended_at", .number)
        default:
            throw MartletError(
                .invalidParameterValue,
                "Invalid attribute key '\(key.prefix(100))' specified. Valid keys are '{'run_id', 'run_name', "
                    + "'user_id', 'status', 'artifact_uri', 'start_time', 'end_time'}'"
            )
        }
    }

    private static let statusName: SQLText = """
        CASE runs.status WHEN 1 THEN 'RUNNING' WHEN 2 THEN 'SCHEDULED' WHEN 3 THEN 'FINISHED' \
        WHEN 4 THEN 'FAILED' ELSE 'KILLED' END
        """

    // MARK: Order

    /// What `items` say, each key once.
    static func orders(_ items: [String]) throws -> [FilterOrder] {
        var seen: Set<String> = []
        return try items.map { item in
            let order = try parsedOrder(item)
            let subject = try FilterSubjects.ofRuns.subject(order.entity)
            let isCreation = subject == .attribute && order.key.lowercased() == "created"
            guard seen.insert("\(subject).\(isCreation ? "start_time" : order.key)").inserted else {
                throw MartletError(
                    .invalidParameterValue,
                    "`order_by` contains duplicate fields: \(PythonText.list(items.map { String($0.prefix(200)) }))"
                )
            }
            return order
        }
    }

    /// The join that brings the key's values beside the runs, and the key; what is missing comes last either way.
    static func order(_ order: FilterOrder, _ number: Int, _ query: inout SearchQuery) throws -> (SQLText, SQLText) {
        let direction: SQLText = order.isAscending ? " ASC" : " DESC"
        let alias = "o" + SQLText.number(number)
        switch try FilterSubjects.ofRuns.subject(order.entity) {
        case .metric:
            let key = query.bind(.text(order.key))
            let join =
                "LEFT JOIN latest_metrics AS " + alias + " ON " + alias + ".run_number = runs.run_number AND " + alias
                + ".key_id = (SELECT key_id FROM metric_keys WHERE key = " + key + ") "
            let rank =
                "CASE WHEN " + alias + ".run_number IS NULL THEN 2 WHEN " + alias + ".is_nan = 1 THEN 1 ELSE 0 END, "
            return (join, rank + alias + ".value" + direction + " NULLS LAST")
        case .param: return keyedOrder("run_params", alias, order, direction, &query)
        case .tag: return keyedOrder("run_tags", alias, order, direction, &query)
        case .attribute:
            let (column, kind) = try attribute(order.key)
            return ("", (kind == .status ? statusName : column) + direction + " NULLS LAST")
        case .dataset:
            throw MartletError(.invalidParameterValue, "Runs can't be ordered by dataset.\(order.key)")
        }
    }

    private static func keyedOrder(
        _ table: SQLText,
        _ alias: SQLText,
        _ order: FilterOrder,
        _ direction: SQLText,
        _ query: inout SearchQuery
    ) -> (SQLText, SQLText) {
        let key = query.bind(.text(order.key))
        let join =
            "LEFT JOIN " + table + " AS " + alias + " ON " + alias + ".run_number = runs.run_number AND " + alias
            + ".key = " + key + " "
        return (join, alias + ".value" + direction + " NULLS LAST")
    }
}
