import Database
package import Kernel

/// The models that clients before MLflow 3 logged: a list in one tag of their run.
extension TrackingService {
    private static let historyTag = "mlflow.log-model.history"
    private static let neededFields = ["artifact_path", "flavors", "run_id", "utc_time_created"]
    private static let keptFields: Set<String> = ["run_id", "utc_time_created", "artifact_path", "model_uuid"]

    /// Adds the model that `text`, the JSON of an `MLmodel` file, describes to the list in the run's tag.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` for a deleted run, a text that is no JSON object or
    ///   lacks a field, and when the list would be longer than a tag may be.
    package func logModel(_ text: String, to id: RunID) async throws {
        let entry = JSON.object(try Self.historyEntry(text))
        try await database.write { connection in
            let run = try Self.active(id, on: connection)
            let old = try RunDataStore.tag(Self.historyTag, of: run.number, on: connection)
            let list = try old.map { try JSON.parse($0.utf8).arrayValue ?? [] } ?? []
            let value = JSON.array(list + [entry]).text
            // A list that was cut would be no JSON any more.
            try NameRules.checkLength(of: value, max: NameRules.runTagLengthMax, path: Self.historyTag)
            try RunDataStore.setTags([Tag(key: Self.historyTag, value: value)], of: run.number, on: connection)
        }
    }

    private static func historyEntry(_ text: String) throws -> JSONObject {
        let model: JSONObject
        do {
            model = try JSON.parse(text.utf8).objectValue ?? JSONObject()
        } catch {
            throw MartletError(
                .invalidParameterValue,
                "Malformed model info. \n \(text.prefix(200)) \n is not a valid JSON.",
                cause: error
            )
        }
        let missing = neededFields.filter { model[$0] == nil }
        guard missing.isEmpty else {
            let names = missing.map { "'\($0)'" }.joined(separator: ", ")
            throw MartletError(.invalidParameterValue, "Model json is missing mandatory fields: {\(names)}")
        }
        let kept = model.members.filter { keptFields.contains($0.name) }.map { ($0.name, $0.value) }
        return JSONObject(kept + [("flavors", withoutConfiguration(model["flavors"] ?? .null))])
    }

    /// Flavors without what they were configured with, which may be long.
    private static func withoutConfiguration(_ flavors: JSON) -> JSON {
        guard let flavors = flavors.objectValue else { return flavors }
        return .object(
            JSONObject(
                flavors.members.map { flavor in
                    guard let fields = flavor.value.objectValue else { return (flavor.name, flavor.value) }
                    let rest = fields.members.filter { $0.name != "config" }.map { ($0.name, $0.value) }
                    return (flavor.name, .object(JSONObject(rest)))
                }
            )
        )
    }
}
