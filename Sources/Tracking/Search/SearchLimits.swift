import Kernel

/// How much one search may ask for: together no more than either database takes in a statement.
enum SearchLimits {
    private static let experimentsMax = 10_000
    /// Each may cost a join, of which SQLite takes 63.
    private static let ordersMax = 50
    private static let listedMax = 20_000

    /// - Throws: `INVALID_PARAMETER_VALUE` for more experiments or keys of an order than a search may name.
    static func check(experiments: Int, orders: Int) throws {
        try check(experiments, experimentsMax, "experiment ids")
        try check(orders, ordersMax, "keys in `order_by`")
    }

    /// - Throws: `INVALID_PARAMETER_VALUE` for more values in lists than the conditions of a search may have together.
    static func check(_ conditions: [FilterCondition]) throws {
        let listed = conditions.reduce(0) { sum, condition in
            if case .list(let texts) = condition.value { sum + texts.count } else { sum }
        }
        try check(listed, listedMax, "values in lists")
    }

    private static func check(_ count: Int, _ max: Int, _ what: String) throws {
        guard count <= max else {
            throw MartletError(.invalidParameterValue, "A search can have at most \(max) \(what). Got \(count).")
        }
    }
}
