import Database
import Kernel

/// The statements of one search of runs: which rows it may give, and three ways to come to them.
///
/// *Sorted*: all runs in scope, in order by an index where the order is that of their start. *From a condition*: the few
/// runs that meet it, sorted. *Along an order*: the values of its first key in their order until there are enough.
struct RunSearchPlan: Sendable {
    /// A restriction that the search's own order brings about.
    enum Part: Sendable {
        /// The value under the key is this one.
        case equals(RunValues, key: String, SQLValue)
        case isMissing(RunValues, key: String)
        /// It starts no later than this, or no earlier when the newest come first.
        case starts(isAscending: Bool, SQLValue)
    }

    /// A condition that an index of values may answer.
    struct IndexedCondition: Sendable {
        let condition: RunCondition
        let values: RunValues

        var isEquality: Bool { condition.condition.comparison == .equal }
    }

    /// A statement and what is bound in it.
    typealias Statement = (text: SQLText, parameters: [SQLValue])

    let search: RunSearch
    let conditions: [RunCondition]
    let orders: [RunOrder]

    /// - Throws: `INVALID_PARAMETER_VALUE`.
    init(_ search: RunSearch) throws {
        try SearchLimits.check(experiments: search.experimentIDs.count, orders: search.orderBy.count)
        self.search = search
        conditions = try parsedFilter(search.filter).map(RunCondition.init)
        orders = try RunOrder.orders(search.orderBy)
        // What can't be is refused even where it would never be asked.
        _ = try sorted(by: orders[...], parts: [], limit: 1)
    }

    /// So many runs come before the page.
    var offset: Int { search.page?.offset ?? 0 }

    /// Those of the conditions that an index of values may answer, the quickest to ask first.
    var indexedConditions: [IndexedCondition] {
        let indexed = conditions.compactMap { condition -> IndexedCondition? in
            guard let values = RunValues(condition.subject) else { return nil }
            switch (condition.condition.comparison, values) {
            case (.isNull, _), (.notEqual, .metric): return nil
            default: return IndexedCondition(condition: condition, values: values)
            }
        }
        return indexed.filter(\.isEquality) + indexed.filter { !$0.isEquality }
    }

    /// The page by sorting all runs in scope.
    func sorted() throws -> Statement {
        try sorted(by: orders[...], parts: [], limit: search.limit + 1, offset: offset)
    }

    /// The page out of the runs numbered `numbers`, sorted.
    func among(_ numbers: [Int64]) throws -> Statement {
        var query = SearchQuery()
        query.require("runs.run_number IN (" + query.bind(numbers.paddedToPowerOfTwo) + ")")
        return try statement("FROM runs ", orders[...], [], (search.limit + 1, offset), &query, scope: "+runs.")
    }

    /// All runs in scope that belong to `parts`, sorted by `orders`.
    func sorted(
        by orders: ArraySlice<RunOrder>,
        parts: [Part],
        limit: Int,
        offset: Int = 0
    ) throws -> Statement {
        var query = SearchQuery()
        return try statement("FROM runs ", orders, parts, (limit, offset), &query)
    }

    /// The page out of the runs that `condition` finds, sorted.
    func fromCondition(_ condition: IndexedCondition) throws -> Statement {
        var query = SearchQuery()
        let rows = try indexed(condition, &query)
        query.require(rows.condition + " AND runs.run_number = f.run_number")
        return try statement(
            "FROM " + rows.table + " AS f CROSS JOIN runs ",
            orders[...],
            [],
            (search.limit + 1, offset),
            &query,
            isMet: { $0 == condition.condition }
        )
    }

    /// The numbers of the runs that meet `condition` in all experiments, `limit` of them at most.
    func runs(_ condition: IndexedCondition, limit: Int) throws -> Statement {
        var query = SearchQuery()
        let rows = try indexed(condition, &query)
        let text =
            "SELECT f.run_number FROM " + rows.table + " AS f WHERE " + rows.condition + " LIMIT " + .number(limit)
        return (text, query.parameters)
    }

    /// How many runs have the value `value` under `key` in all experiments, counted to `limit`.
    func count(_ values: RunValues, _ key: String, equalTo value: SQLValue, limit: Int) -> Statement {
        var query = SearchQuery()
        query.require(
            values.isOf(key, "f", &query) + " AND " + values.isIndexed("f") + " AND f.value = "
                + query.bind(value)
        )
        let text =
            "SELECT COUNT(*) FROM (SELECT 1 FROM " + values.table + " AS f " + query.whereClause
            + " LIMIT "
            + .number(limit) + ") AS few"
        return (text, query.parameters)
    }

    /// How many runs the experiments have, counted to `limit`.
    func scope(limit: Int) -> Statement {
        var query = SearchQuery()
        let experiments = search.experimentIDs.map { query.bind(.integer($0.number)) }.joined(
            separator: ", "
        )
        let text =
            "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE experiment_id IN (" + experiments + ") LIMIT "
            + .number(limit) + ") AS few"
        return (text, query.parameters)
    }

    /// The value under `key` that comes after `value`, or the first one.
    func next(_ values: RunValues, _ key: String, after value: SQLValue?, isAscending: Bool)
        -> Statement
    {
        var query = SearchQuery()
        query.require(values.isOf(key, "f", &query) + " AND " + values.isIndexed("f"))
        if let value { query.require("f.value" + (isAscending ? " > " : " < ") + query.bind(value)) }
        let text =
            "SELECT f.value FROM " + values.table + " AS f " + query.whereClause + " ORDER BY f.value"
            + (isAscending ? " ASC" : " DESC") + " LIMIT 1"
        return (text, query.parameters)
    }

    /// A row when `key` has texts that stand in no index.
    func longTexts(_ values: RunValues, _ key: String) -> Statement {
        var query = SearchQuery()
        let text =
            "SELECT 1 FROM " + values.table + " AS f WHERE " + values.isOf(key, "f", &query)
            + " AND LENGTH(f.value) > "
            + .number(RunValues.indexedCharactersMax) + " LIMIT 1"
        return (text, query.parameters)
    }

    /// Whether the conditions leave a run whose value under `key` is NaN, which meets nothing but `!=`.
    func mayBeNaN(_ key: String) -> Bool {
        !conditions.contains { $0.demands(.metric, key) && $0.condition.comparison != .notEqual }
    }

    /// The runs that have a value under the first key, from `start` to `end`, in its order and then by the other
    /// `orders`.
    func along(
        _ values: RunValues,
        _ key: String,
        _ orders: ArraySlice<RunOrder>,
        from start: SQLValue,
        to end: SQLValue?,
        parts: [Part],
        limit: Int
    ) throws -> Statement {
        guard let first = orders.first else {
            return try sorted(by: orders, parts: parts, limit: limit)
        }
        var query = SearchQuery()
        try requireValues(values, key, first.isAscending, from: start, &query)
        query.require("runs.run_number = f.run_number")
        if let end { query.require("f.value" + (first.isAscending ? " <= " : " >= ") + query.bind(end)) }
        let from = "FROM " + values.table + " AS f CROSS JOIN runs "
        return try statement(
            from,
            orders.dropFirst(),
            parts,
            (limit, 0),
            &query,
            first: "f.value" + first.direction,
            isMet: { $0.demands(values, key) }
        )
    }

    /// The value to which ``along(_:_:_:from:to:parts:limit:)`` comes in so many `steps`; no row where it ends before.
    func bound(_ values: RunValues, _ key: String, isAscending: Bool, from start: SQLValue, steps: Int) throws
        -> Statement
    {
        var query = SearchQuery()
        try requireValues(values, key, isAscending, from: start, &query)
        let text =
            "SELECT f.value FROM " + values.table + " AS f " + query.whereClause + " ORDER BY f.value"
            + (isAscending ? " ASC" : " DESC") + " LIMIT 1 OFFSET " + .number(steps)
        return (text, query.parameters)
    }

    /// The start to which a walk in the order of `orders` comes in so many `steps`, without a row where it ends before;
    /// nil when the order is another.
    func bound(byStartIn orders: ArraySlice<RunOrder>, steps: Int) -> (statement: Statement, isAscending: Bool)? {
        var isAscending = false
        if let first = orders.first {
            guard first.isByStart else { return nil }
            isAscending = first.isAscending
        }
        guard let experiment = search.experimentIDs.first, search.experimentIDs.count == 1 else { return nil }
        let text: SQLText =
            "SELECT started_at FROM runs WHERE experiment_id = $1 ORDER BY started_at"
            + (isAscending ? " ASC" : " DESC") + " LIMIT 1 OFFSET " + .number(steps)
        return ((text, [.integer(experiment.number)]), isAscending)
    }

    /// That `f` is a row of the index of values, from `start` on, and meets the conditions on its key.
    private func requireValues(
        _ values: RunValues,
        _ key: String,
        _ isAscending: Bool,
        from start: SQLValue,
        _ query: inout SearchQuery
    ) throws {
        query.require(values.isOf(key, "f", &query) + " AND " + values.isIndexed("f"))
        query.require("f.value" + (isAscending ? " >= " : " <= ") + query.bind(start))
        // A bound on the value that is walked along ends the walk.
        for condition in conditions
        where condition.demands(values, key) && condition.condition.comparison != .isNotNull {
            query.require(try values.test("f", condition.condition, &query))
        }
    }

    /// The runs whose value under `key` is NaN, found by what stands in its place.
    func nan(_ key: String, _ orders: ArraySlice<RunOrder>, parts: [Part], limit: Int) throws
        -> Statement
    {
        var query = SearchQuery()
        query.require(RunValues.metric.isOf(key, "f", &query) + " AND f.value = 0 AND f.is_nan = 1")
        query.require("runs.run_number = f.run_number")
        return try statement(
            "FROM latest_metrics AS f CROSS JOIN runs ",
            orders,
            parts,
            (limit, 0),
            &query
        )
    }

    // MARK: Pieces

    private func statement(
        _ from: SQLText,
        _ orders: ArraySlice<RunOrder>,
        _ parts: [Part],
        _ page: (limit: Int, offset: Int),
        _ query: inout SearchQuery,
        first: SQLText? = nil,
        isMet: (RunCondition) -> Bool = { _ in false },
        scope: SQLText = "runs."
    ) throws -> Statement {
        requireScope(&query, scope)
        // What a row of values tells is asked before the run is fetched.
        let row: SQLText = from == "FROM runs " ? "runs" : "f"
        for condition in conditions where !isMet(condition) { query.require(try condition.sql(&query, row: row)) }
        for part in parts { query.require(part.sql(&query, row: row)) }
        var joins: SQLText = ""
        var keys = first.map { [$0] } ?? []
        for (number, order) in orders.enumerated() {
            let (join, key) = order.sql(number, &query)
            joins = joins + join
            keys.append(key)
        }
        if !keys.contains("runs.started_at ASC"), !keys.contains("runs.started_at DESC") {
            keys.append("runs.started_at DESC")
        }
        keys.append("runs.run_id")
        let text =
            from + joins + query.whereClause + " ORDER BY " + keys.joined(separator: ", ") + " LIMIT "
            + .number(page.limit) + " OFFSET " + .number(page.offset)
        return (text, query.parameters)
    }

    /// With a plus before it the experiment is compared, but not looked for in an index, on either database.
    private func requireScope(_ query: inout SearchQuery, _ column: SQLText) {
        let experiments = search.experimentIDs.map { query.bind(.integer($0.number)) }.joined(
            separator: ", "
        )
        query.require(column + "experiment_id IN (" + experiments + ")")
        switch search.view {
        case .activeOnly: query.require("runs.deleted_at IS NULL")
        case .deletedOnly: query.require("runs.deleted_at IS NOT NULL")
        case .all: break
        }
    }

    /// The table, and what its rows `f` must be, from which an index finds the runs that meet `condition`.
    private func indexed(_ condition: IndexedCondition, _ query: inout SearchQuery) throws
        -> (table: SQLText, condition: SQLText)
    {
        let (filter, values) = (condition.condition.condition, condition.values)
        let isOfKey = values.isOf(filter.key, "f", &query)
        if filter.comparison == .isNotNull {
            return (values.table, isOfKey + " AND " + values.isIndexed("f"))
        }
        let test = try values.test("f", filter, &query)
        // Where a pattern begins with a text, so do the values that it meets.
        var range: SQLText = ""
        if values != .metric, let (start, end) = filter.literalRange {
            range =
                " AND f.value >= " + query.bind(.text(start)) + " AND f.value < " + query.bind(.text(end))
        }
        return (values.table, isOfKey + " AND " + values.isIndexed("f") + " AND " + test + range)
    }
}

extension RunSearchPlan.Part {
    fileprivate func sql(_ query: inout SearchQuery, row: SQLText) -> SQLText {
        switch self {
        case .equals(let values, let key, let value):
            return "EXISTS (" + Self.row(values, key, of: row, &query) + " AND " + values.isIndexed("p")
                + " AND p.value = "
                + query.bind(value) + ")"
        case .isMissing(let values, let key): return "NOT EXISTS (" + Self.row(values, key, of: row, &query) + ")"
        case .starts(let isAscending, let time):
            return "runs.started_at" + (isAscending ? " <= " : " >= ") + query.bind(time)
        }
    }

    private static func row(
        _ values: RunValues,
        _ key: String,
        of row: SQLText,
        _ query: inout SearchQuery
    ) -> SQLText {
        "SELECT 1 FROM " + values.table + " AS p WHERE p.run_number = " + row + ".run_number AND "
            + values.isOf(key, "p", &query)
    }
}
