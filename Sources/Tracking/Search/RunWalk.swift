import Database
import Kernel

/// A walk along the order of a search until its page is full.
///
/// It has a bound of steps, and may end before: what it has then is worth nothing.
struct RunWalk {
    /// The steps are over, and the page is not full.
    private struct Ended: Error {}

    private let plan: RunSearchPlan
    private let bounds: RunSearchBounds
    private let connection: any SQLConnection
    private let runCount: Int
    /// How far an index is walked through for one piece of the order.
    private let stepsMax: Int
    /// So many values have got pieces of their own.
    private var splits = 0
    /// So many rows come before the page.
    private var skip: Int
    /// The rows of the page and one more, if there is one.
    private(set) var rows: [StoredRun] = []

    init(
        _ plan: RunSearchPlan,
        _ bounds: RunSearchBounds,
        _ connection: any SQLConnection,
        runCount: Int,
        stepsMax: Int
    ) {
        self.plan = plan
        self.bounds = bounds
        self.connection = connection
        self.runCount = runCount
        self.stepsMax = stepsMax
        skip = plan.offset
    }

    /// Walks; answers whether ``rows`` are the page.
    mutating func isToEnd() throws -> Bool {
        do {
            try take(by: plan.orders[...], parts: [])
            return true
        } catch is Ended {
            return false
        }
    }

    private var missing: Int { skip + plan.search.limit + 1 - rows.count }

    /// Takes the first runs of `parts` by `orders`: value by value of the first key, then NaN, then what is missing.
    private mutating func take(by orders: ArraySlice<RunOrder>, parts: [RunSearchPlan.Part]) throws {
        guard missing > 0 else { return }
        guard let first = orders.first, case .value(let values, let key) = first.key,
            try values == .metric || !hasLongTexts(values, key)
        else { return try takeSorted(by: orders, parts: parts) }
        try takeValued(values, key, orders, parts: parts)
        let rest = orders.dropFirst()
        if values == .metric, plan.mayBeNaN(key), missing > 0 {
            try take(plan.nan(key, rest, parts: parts, limit: missing))
        }
        if !plan.conditions.contains(where: { $0.demands(values, key) }) {
            try take(by: rest, parts: parts + [.isMissing(values, key: key)])
        }
    }

    /// Takes those that have a value. One that many runs share is not sorted by the other keys, but searched along them.
    private mutating func takeValued(
        _ values: RunValues,
        _ key: String,
        _ orders: ArraySlice<RunOrder>,
        parts: [RunSearchPlan.Part]
    ) throws {
        let isAscending = orders.first?.isAscending ?? true
        let common = max(bounds.commonMin, runCount / bounds.commonShare)
        var start = try value(plan.next(values, key, after: nil, isAscending: isAscending))
        while missing > 0, let value = start, splits < bounds.splitsMax {
            guard try count(plan.count(values, key, equalTo: value, limit: common)) >= common else { break }
            splits += 1
            try take(by: orders.dropFirst(), parts: parts + [.equals(values, key: key, value)])
            start = try self.value(plan.next(values, key, after: value, isAscending: isAscending))
        }
        guard missing > 0, let start else { return }
        let end = try value(plan.bound(values, key, isAscending: isAscending, from: start, steps: stepsMax))
        try take(plan.along(values, key, orders, from: start, to: end, parts: parts, limit: missing))
        if end != nil, missing > 0 { throw Ended() }
    }

    /// Takes what no index of values has in order, by the index of their start where that is the order.
    private mutating func takeSorted(by orders: ArraySlice<RunOrder>, parts: [RunSearchPlan.Part]) throws {
        guard let bound = plan.bound(byStartIn: orders, steps: stepsMax),
            let end = try value(bound.statement)
        else { return try take(plan.sorted(by: orders, parts: parts, limit: missing)) }
        let parts = parts + [.starts(isAscending: bound.isAscending, end)]
        try take(plan.sorted(by: orders, parts: parts, limit: missing))
        if missing > 0 { throw Ended() }
    }

    private mutating func take(_ statement: RunSearchPlan.Statement) throws {
        rows += try RunStore.search(statement.text, statement.parameters, skipping: &skip, on: connection)
    }

    private func count(_ statement: RunSearchPlan.Statement) throws -> Int {
        Int(try connection.first(statement.text, statement.parameters) { try $0.integer(0) } ?? 0)
    }

    private func value(_ statement: RunSearchPlan.Statement) throws -> SQLValue? {
        try connection.first(statement.text, statement.parameters) { $0.values[0] }
    }

    private func hasLongTexts(_ values: RunValues, _ key: String) throws -> Bool {
        let statement = plan.longTexts(values, key)
        return try connection.first(statement.text, statement.parameters) { try $0.integer(0) } != nil
    }
}
