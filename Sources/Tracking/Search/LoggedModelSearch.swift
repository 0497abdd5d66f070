import Database
import Kernel

/// A dataset that metrics of logged models were measured on.
package struct MeasuredDataset: Sendable {
    /// Its name.
    package let name: String
    /// Its digest, nil for any.
    package let digest: String?

    /// The dataset called `name`.
    package init(name: String, digest: String?) {
        self.name = name
        self.digest = digest
    }
}

/// One key of an ordering of logged models.
package struct LoggedModelOrder: Sendable {
    /// An attribute, or `metrics.` and a key.
    package let field: String
    /// Whether small comes first.
    package let isAscending: Bool
    /// The dataset on which the metric counts, nil for any.
    package let dataset: MeasuredDataset?

    /// An ordering by `field`.
    package init(field: String, isAscending: Bool, dataset: MeasuredDataset?) {
        self.field = field
        self.isAscending = isAscending
        self.dataset = dataset
    }
}

/// Turns conditions and orders on logged models into SQL.
///
/// A metric counts by its latest point: greatest timestamp, then step. NaN meets only `!=`, a missing metric nothing.
struct LoggedModelSearch {
    /// Metrics in conditions count on these alone; none for all.
    let datasets: [MeasuredDataset]
    private(set) var query = SearchQuery()

    init(in experiments: [ExperimentID], on datasets: [MeasuredDataset]) {
        self.datasets = datasets
        let list = experiments.map { query.bind(.integer($0.number)) }.joined(separator: ", ")
        query.require("deleted_at IS NULL AND experiment_id IN (" + list + ")")
    }

    mutating func require(_ conditions: [FilterCondition]) throws {
        for condition in conditions { query.require(try sql(condition)) }
        guard !datasets.isEmpty, !conditions.contains(where: { Self.isMetric($0.entity) }) else { return }
        query.require(
            "EXISTS (SELECT 1 FROM logged_model_metrics AS m WHERE m.model_id = logged_models.model_id" + on(datasets)
                + ")"
        )
    }

    /// `ORDER BY` and its keys; what is missing comes last either way.
    mutating func orderClause(_ orders: [LoggedModelOrder]) throws -> SQLText {
        var keys = try orders.map { order in
            try orderKey(order) + (order.isAscending ? " ASC" : " DESC") + " NULLS LAST"
        }
        keys += ["created_at DESC", "model_id"]
        return " ORDER BY " + keys.joined(separator: ", ")
    }

    private mutating func orderKey(_ order: LoggedModelOrder) throws -> SQLText {
        guard let dot = order.field.firstIndex(of: ".") else { return try Self.attribute(order.field).column }
        guard order.field[..<dot] == "metrics" else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid order by field name: \(order.field.prefix(200)). Only metrics are supported."
            )
        }
        let key = String(order.field[order.field.index(after: dot)...])
        let points = latest(key, order.dataset.map { [$0] } ?? [])
        return "(SELECT CASE WHEN m.is_nan = 1 THEN NULL ELSE m.value END" + points + ")"
    }

    private mutating func sql(_ condition: FilterCondition) throws -> SQLText {
        switch condition.entity {
        case "tag"?, "tags"?: return try keyed("logged_model_tags", condition)
        case "param"?, "params"?: return try keyed("logged_model_params", condition)
        case let entity where Self.isMetric(entity): return try metric(condition)
        case nil, "attribute"?, "attributes"?:
            let (column, isNumber) = try Self.attribute(condition.key)
            return isNumber ? try query.number(column, condition, isWhole: true) : try query.text(column, condition)
        case let other?:
            throw MartletError(
                .invalidParameterValue,
                "Invalid entity type '\(other.prefix(100))'. "
                    + "Valid values are ['attributes', 'metrics', 'params', 'tags']"
            )
        }
    }

    private static func isMetric(_ entity: String?) -> Bool { entity == "metric" || entity == "metrics" }

    private mutating func metric(_ condition: FilterCondition) throws -> SQLText {
        let points = "SELECT m.value, m.is_nan" + latest(condition.key, datasets)
        let test = try query.number("l.value", condition, isWhole: false)
        let matches: SQLText =
            condition.comparison == .notEqual ? "(l.is_nan = 1 OR " + test + ")" : "l.is_nan = 0 AND " + test
        return "EXISTS (SELECT 1 FROM (" + points + ") AS l WHERE " + matches + ")"
    }

    /// The rest of a statement that selects from the latest point of `key`.
    private mutating func latest(_ key: String, _ datasets: [MeasuredDataset]) -> SQLText {
        let key = query.bind(.text(key))
        return " FROM logged_model_metrics AS m WHERE m.model_id = logged_models.model_id AND m.key = " + key
            + on(datasets) + " ORDER BY m.timestamp DESC, m.step DESC, m.run_id LIMIT 1"
    }

    private mutating func on(_ datasets: [MeasuredDataset]) -> SQLText {
        guard !datasets.isEmpty else { return "" }
        let tests = datasets.map { dataset -> SQLText in
            let name = "m.dataset_name = " + query.bind(.text(dataset.name))
            guard let digest = dataset.digest else { return name }
            return "(" + name + " AND m.dataset_digest = " + query.bind(.text(digest)) + ")"
        }
        return " AND (" + tests.joined(separator: " OR ") + ")"
    }

    private mutating func keyed(_ table: SQLText, _ condition: FilterCondition) throws -> SQLText {
        let key = query.bind(.text(condition.key))
        let test = try query.text("d.value", condition)
        return "EXISTS (SELECT 1 FROM " + table + " AS d WHERE d.model_id = logged_models.model_id AND d.key = " + key
            + " AND " + test + ")"
    }

    private static func attribute(_ key: String) throws -> (column: SQLText, isNumber: Bool) {
        switch key {
        case "name": return ("name", false)
        case "model_id": return ("model_id", false)
        case "model_type": return ("model_type", false)
        case "source_run_id": return ("source_run_id", false)
        case "status": return (statusName, false)
        case "artifact_location": return ("artifact_uri", false)
        case "creation_timestamp", "creation_time", "creation_timestamp_ms": return ("created_at", true)
        case "last_updated_timestamp", "last_updated_timestamp_ms": return ("updated_at", true)
        default:
            throw MartletError(.invalidParameterValue, "Invalid attribute key '\(key.prefix(100))' specified.")
        }
    }

    private static let statusName: SQLText =
        "CASE status WHEN 1 THEN 'PENDING' WHEN 2 THEN 'READY' ELSE 'UPLOAD_FAILED' END"
}
