import Database
package import Kernel

/// What a search of issues asks for; the worst come first, among equals the newest.
package struct IssueSearch: Sendable {
    /// Those of this experiment; nil for all.
    package var experimentID: ExperimentID?
    /// MLflow's filter over `status` and `source_run_id`, nil or blank for all.
    package var filter: String?
    /// The most issues a page holds.
    package var limit: Int
    /// Where the page begins.
    package var page: PageToken?

    /// A search in `experimentID`.
    package init(
        experimentID: ExperimentID? = nil,
        filter: String? = nil,
        limit: Int,
        page: PageToken? = nil
    ) {
        self.experimentID = experimentID
        self.filter = filter
        self.limit = limit
        self.page = page
    }

    /// The part of the statement after `FROM issues`, asking for one row more than the page holds.
    func compiled() throws -> (text: SQLText, parameters: [SQLValue]) {
        var query = SearchQuery()
        if let experimentID { query.require("experiment_id = " + query.bind(.integer(experimentID.number))) }
        for condition in try parsedFilter(filter) {
            let column = try Self.column(condition)
            query.require(try query.text(column, condition))
        }
        let text =
            query.whereClause + " ORDER BY severity DESC NULLS LAST, created_at DESC, issue_id DESC LIMIT "
            + .number(limit + 1) + " OFFSET " + .number(page?.offset ?? 0)
        return (text, query.parameters)
    }

    private static func column(_ condition: FilterCondition) throws -> SQLText {
        let name = condition.entity.map { "\($0).\(condition.key)" } ?? condition.key
        let columns: [String: SQLText] = ["status": "status", "source_run_id": "source_run_id"]
        guard let column = columns[name] else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid filter field '\(name.prefix(100))'. Supported fields: {'status', 'source_run_id'}"
            )
        }
        guard condition.comparison == .equal || condition.comparison == .notEqual else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid comparator '\(condition.comparison.text.prefix(100))'. Supported comparators: {'=', '!='}"
            )
        }
        return column
    }
}
