import Database
import Kernel

/// From which counts on a search of runs goes another way. They decide how long it takes, never what it gives.
struct RunSearchBounds: Sendable {
    /// So few runs are sorted rather than searched for along an order.
    var fewMax = 1000
    /// A value that so many runs share, at least, is worth a statement of its own,
    var commonMin = 500
    /// and this share of all runs: 1 / 16.
    var commonShare = 16
    /// So many values of one key get statements of their own; what is behind them is walked through.
    var splitsMax = 16
    /// Steps along an index, for each share that the experiments have of all runs, that cost as much as sorting them.
    var scopeSteps = 400
}

/// Answers one search of runs on one connection: counts a little first, then asks as little as the counts allow.
///
/// Counts stop early, so that they cost no more than a millisecond or two; they choose the way, never the rows.
struct RunSearcher {
    private let plan: RunSearchPlan
    private let bounds: RunSearchBounds
    private let connection: any SQLConnection
    /// So many runs were ever made.
    private let runCount: Int

    /// The rows of one page of `search` and one more, if there is one.
    ///
    /// - Throws: ``DatabaseError``, and as ``RunSearchPlan``.
    static func rows(
        _ plan: RunSearchPlan,
        _ bounds: RunSearchBounds = RunSearchBounds(),
        on connection: any SQLConnection
    ) throws -> [StoredRun] {
        let count = try connection.first("SELECT value FROM tracking_counters WHERE name = 'run'") {
            try $0.integer(0)
        }
        let searcher = RunSearcher(
            plan: plan,
            bounds: bounds,
            connection: connection,
            runCount: Int(count ?? 0)
        )
        return try searcher.rows()
    }

    private func rows() throws -> [StoredRun] {
        let limit = plan.search.limit + 1
        let offset = plan.search.page?.offset ?? 0
        let isAlong = if case .value? = plan.orders.first?.key { true } else { false }
        if isAlong || plan.conditions.contains(where: { RunValues($0.subject) != nil }),
            try isScopeLarge()
        {
            if let few = try fewFound(limit: limit, offset: offset) { return try run(few) }
            if isAlong, !plan.conditions.contains(where: \.namesRuns) {
                let rows = try ordered(by: plan.orders[...], parts: [], limit: offset + limit)
                return Array(rows.dropFirst(offset))
            }
        }
        return try run(plan.sorted(by: plan.orders[...], parts: [], limit: limit, offset: offset))
    }

    private func run(_ statement: RunSearchPlan.Statement) throws -> [StoredRun] {
        try RunStore.search(statement.text, statement.parameters, on: connection)
    }

    private func count(_ statement: RunSearchPlan.Statement) throws -> Int {
        Int(try connection.first(statement.text, statement.parameters) { try $0.integer(0) } ?? 0)
    }

    /// Whether the experiments have so many of all runs that an index over all runs finds theirs soon.
    ///
    /// Sorting costs one step for each run in scope; along an index over all runs, some hundreds of steps for each
    /// share that the scope has of them.
    private func isScopeLarge() throws -> Bool {
        guard plan.search.experimentIDs.count == 1 else { return false }
        let least = Int(Double(bounds.scopeSteps * runCount).squareRoot())
        return try count(plan.scope(limit: least)) >= least
    }

    /// The statement that begins at a condition which few runs meet, if there is one.
    private func fewFound(limit: Int, offset: Int) throws -> RunSearchPlan.Statement? {
        for condition in plan.conditions {
            guard let counting = try plan.count(condition, limit: bounds.fewMax) else { continue }
            if let key = condition.text, try hasLongTexts(key.values, key.key) { continue }
            if try count(counting) < bounds.fewMax {
                return try plan.fromCondition(condition, limit: limit, offset: offset)
            }
        }
        return nil
    }

    // MARK: Along an order

    /// The first runs of `parts` by `orders`: value by value of the first key, then NaN, then what is missing.
    private func ordered(
        by orders: ArraySlice<RunOrder>,
        parts: [RunSearchPlan.Part],
        limit: Int
    ) throws -> [StoredRun] {
        guard let first = orders.first, case .value(let values, let key) = first.key,
            try values == .metric || !hasLongTexts(values, key)
        else { return try run(plan.sorted(by: orders, parts: parts, limit: limit)) }
        var rows = try valued(values, key, orders, parts: parts, limit: limit)
        let rest = orders.dropFirst()
        if rows.count < limit, values == .metric, plan.mayBeNaN(key) {
            rows += try run(plan.nan(key, rest, parts: parts, limit: limit - rows.count))
        }
        if rows.count < limit, !plan.conditions.contains(where: { $0.demands(values, key) }) {
            let missing = parts + [.isMissing(values, key: key)]
            rows += try ordered(by: rest, parts: missing, limit: limit - rows.count)
        }
        return rows
    }

    /// Those that have a value. One that many runs share is not sorted by the other keys, but searched along them.
    private func valued(
        _ values: RunValues,
        _ key: String,
        _ orders: ArraySlice<RunOrder>,
        parts: [RunSearchPlan.Part],
        limit: Int
    ) throws -> [StoredRun] {
        let isAscending = orders.first?.isAscending ?? true
        let common = max(bounds.commonMin, runCount / bounds.commonShare)
        var rows: [StoredRun] = []
        var start = try next(values, key, after: nil, isAscending)
        for _ in 0..<bounds.splitsMax {
            guard rows.count < limit, let value = start else { return rows }
            guard try count(plan.count(values, key, equalTo: value, limit: common)) >= common else {
                break
            }
            rows += try ordered(
                by: orders.dropFirst(),
                parts: parts + [.equals(values, key: key, value)],
                limit: limit - rows.count
            )
            start = try next(values, key, after: value, isAscending)
        }
        guard rows.count < limit, let value = start else { return rows }
        return rows
            + (try run(
                plan.along(values, key, orders, from: value, parts: parts, limit: limit - rows.count)
            ))
    }

    private func next(_ values: RunValues, _ key: String, after value: SQLValue?, _ isAscending: Bool)
        throws
        -> SQLValue?
    {
        let statement = plan.next(values, key, after: value, isAscending: isAscending)
        return try connection.first(statement.text, statement.parameters) { row in
            values == .metric ? .double(try row.double(0)) : .text(try row.text(0))
        }
    }

    private func hasLongTexts(_ values: RunValues, _ key: String) throws -> Bool {
        let statement = plan.longTexts(values, key)
        return try connection.first(statement.text, statement.parameters) { try $0.integer(0) } != nil
    }
}
