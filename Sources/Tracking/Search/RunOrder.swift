import Database
import Kernel

/// One key of an ordering of runs; what is missing comes last either way.
struct RunOrder: Sendable {
    /// What it goes by.
    enum Key: Sendable {
        case attribute(RunAttribute)
        case value(RunValues, key: String)
    }

    let key: Key
    let isAscending: Bool

    var direction: SQLText { isAscending ? " ASC" : " DESC" }

    /// Whether it goes by when runs began.
    var isByStart: Bool {
        if case .attribute(let attribute) = key { attribute.column == "runs.started_at" } else { false }
    }

    /// Whether it goes by a metric, param or tag.
    var isByValue: Bool {
        if case .value = key { true } else { false }
    }

    /// What `items` say, each key once.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func orders(_ items: [String]) throws -> [RunOrder] {
        var seen: Set<String> = []
        return try items.map { item in
            let order = try parsedOrder(item)
            let (key, name) = try key(order)
            guard seen.insert(name).inserted else {
                let shown = items.map { String($0.prefix(200)) }
                throw MartletError(
                    .invalidParameterValue,
                    "`order_by` contains duplicate fields: \(PythonText.list(shown))"
                )
            }
            return RunOrder(key: key, isAscending: order.isAscending)
        }
    }

    private static func key(_ order: FilterOrder) throws -> (Key, name: String) {
        let subject = try FilterSubjects.ofRuns.subject(order.entity)
        if let values = RunValues(subject) {
            return (.value(values, key: order.key), "\(subject).\(order.key)")
        }
        guard subject == .attribute else {
            throw MartletError(
                .invalidParameterValue,
                "Runs can't be ordered by dataset.\(order.key.prefix(100))"
            )
        }
        let attribute = try RunAttribute(order.key)
        // As in MLflow a filter may call a run's name so, and an order may not.
        guard order.key.lowercased() != "run name" else { throw RunAttribute.unknown(order.key) }
        return (.attribute(attribute), attribute.column.text)
    }

    /// The join that brings its values beside the runs, and its key as ORDER BY takes it.
    func sql(_ number: Int, _ query: inout SearchQuery) -> (join: SQLText, key: SQLText) {
        switch key {
        case .attribute(let attribute):
            // An index is in this order only as long as nothing is said of NULLs, and there is no start without a time.
            return ("", attribute.column + direction + (isByStart ? "" : " NULLS LAST"))
        case .value(let values, let key):
            let alias = "o" + SQLText.number(number)
            let join =
                "LEFT JOIN " + values.table + " AS " + alias + " ON " + alias
                + ".run_number = runs.run_number AND "
                + values.isOf(key, alias, &query) + " "
            // Numbers, then NaN, then what is missing.
            let rank: SQLText =
                values == .metric
                ? "CASE WHEN " + alias + ".run_number IS NULL THEN 2 WHEN " + alias
                    + ".is_nan = 1 THEN 1 ELSE 0 END, "
                : ""
            return (join, rank + alias + ".value" + direction + " NULLS LAST")
        }
    }
}
