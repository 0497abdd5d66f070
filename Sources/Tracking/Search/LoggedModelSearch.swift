import Database
import Kernel

/// Turns conditions on logged models into SQL.
enum LoggedModelSearch {
    static func condition(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        switch condition.entity {
        case "tag"?, "tags"?: return try keyed("logged_model_tags", condition, &query)
        case "param"?, "params"?: return try keyed("logged_model_params", condition, &query)
        case nil, "attribute"?, "attributes"?: return try attribute(condition, &query)
        case let other?:
            throw MartletError(
                .invalidParameterValue,
                "Invalid entity type '\(other.prefix(100))'. Valid values are ['attribute', 'param', 'tag']"
            )
        }
    }

    private static func keyed(_ table: SQLText, _ condition: FilterCondition, _ query: inout SearchQuery) throws
        -> SQLText
    {
        let key = query.bind(.text(condition.key))
        let test = try query.text("d.value", condition)
        return "EXISTS (SELECT 1 FROM " + table + " AS d WHERE d.model_id = logged_models.model_id AND d.key = " + key
            + " AND " + test + ")"
    }

    private static func attribute(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        switch condition.key {
        case "name": return try query.text("name", condition)
        case "model_id": return try query.text("model_id", condition)
        case "model_type": return try query.text("model_type", condition)
        case "source_run_id": return try query.text("source_run_id", condition)
        case "status": return try query.text(statusName, condition)
        case "creation_timestamp", "creation_time": return try query.number("created_at", condition, isWhole: true)
        case "last_updated_timestamp": return try query.number("updated_at", condition, isWhole: true)
        default:
            throw MartletError(
                .invalidParameterValue,
                "Invalid attribute key '\(condition.key.prefix(100))' specified."
            )
        }
    }

    private static let statusName: SQLText =
        "CASE status WHEN 1 THEN 'PENDING' WHEN 2 THEN 'READY' ELSE 'UPLOAD_FAILED' END"
}
