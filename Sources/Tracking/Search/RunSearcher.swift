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
    /// So many values get statements of their own, of all keys together; what is behind them is walked through.
    var splitsMax = 16
    /// Steps along an index, for each share that the experiments have of all runs, that cost as much as sorting them.
    var scopeSteps = 400
    /// How often a search along an order may take the steps that it should, before it begins at a condition after all.
    var patience = 3
}

/// Answers one search of runs on one connection: counts a little first, then asks as little as the counts allow.
///
/// Counts stop early, so that they cost no more than a millisecond or two; they choose the way, never the rows.
struct RunSearcher {
    /// Where a search that does not go along an order begins.
    private enum Start {
        /// At these few runs, by their numbers.
        case runs([Int64])
        /// At a condition that many meet.
        case condition(RunSearchPlan.IndexedCondition)
    }

    private let plan: RunSearchPlan
    private let bounds: RunSearchBounds
    private let connection: any SQLConnection
    /// So many runs were ever made, or some more: numbers are taken in blocks.
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
        // Runs that are named are found by their ids.
        guard !plan.conditions.contains(where: \.namesRuns),
            plan.orders.first?.isByValue == true || !plan.indexedConditions.isEmpty, try isScopeLarge()
        else { return try run(plan.sorted()) }
        try connection.preferIndexes(inOrder: true)
        let key = try walkedKey()
        let start = try start(unless: key)
        switch start {
        case .runs([]): return []
        case .runs(let numbers): return try sort(plan.among(numbers))
        // An order by values that no index has.
        case _ where key == nil && plan.orders.first?.isByValue == true: return try sort(plan.sorted())
        case .condition(let condition):
            return try walk(stepsMax: bounds.patience * evenSteps) ?? sort(plan.fromCondition(condition))
        // Conditions that no index answers may leave hardly a run, and a walk would go on to the end of all.
        case nil: return try walk(stepsMax: bounds.patience * evenSteps) ?? sort(plan.sorted())
        }
    }

    /// The key of values by which an index is in the order that is asked for.
    private func walkedKey() throws -> (values: RunValues, key: String)? {
        guard case .value(let values, let key)? = plan.orders.first?.key,
            try values == .metric || !hasLongTexts(values, key)
        else { return nil }
        return (values, key)
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

    /// So many runs meet a condition that sorting them takes as long as walking until the page is full, if they are
    /// spread evenly.
    private var evenSteps: Int {
        Int((Double(plan.search.limit + 1 + plan.offset) * Double(runCount)).squareRoot())
    }

    /// The few runs that meet a condition, or else a condition that many meet; nil without one that an index answers.
    ///
    /// A walk along a `key` passes none but those that meet the conditions on it, so these are no start.
    private func start(unless key: (values: RunValues, key: String)?) throws -> Start? {
        let few = min(bounds.fewMax, evenSteps)
        var common: RunSearchPlan.IndexedCondition?
        for condition in plan.indexedConditions {
            if let key, condition.condition.demands(key.values, key.key) { continue }
            if let text = condition.condition.text, try hasLongTexts(text.values, text.key) { continue }
            let statement = try plan.runs(condition, limit: few)
            let numbers = try connection.query(statement.text, statement.parameters) { try $0.integer(0) }
            if numbers.count < few { return .runs(numbers) }
            common = common ?? condition
        }
        return common.map { .condition($0) }
    }

    /// The rows of a statement that must sort, after others that must not.
    private func sort(_ statement: RunSearchPlan.Statement) throws -> [StoredRun] {
        try connection.preferIndexes(inOrder: false)
        return try run(statement)
    }

    private func run(_ statement: RunSearchPlan.Statement) throws -> [StoredRun] {
        var skip = 0
        return try RunStore.search(statement.text, statement.parameters, skipping: &skip, on: connection)
    }

    private func count(_ statement: RunSearchPlan.Statement) throws -> Int {
        Int(try connection.first(statement.text, statement.parameters) { try $0.integer(0) } ?? 0)
    }

    private func hasLongTexts(_ values: RunValues, _ key: String) throws -> Bool {
        let statement = plan.longTexts(values, key)
        return try connection.first(statement.text, statement.parameters) { try $0.integer(0) } != nil
    }

    /// The page found by walking; nil when it is not full after `stepsMax` steps.
    private func walk(stepsMax: Int) throws -> [StoredRun]? {
        var walk = RunWalk(plan, bounds, connection, runCount: runCount, stepsMax: stepsMax)
        return try walk.isToEnd() ? walk.rows : nil
    }
}
