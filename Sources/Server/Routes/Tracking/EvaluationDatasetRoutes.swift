import Hummingbird
import Kernel
import Tracking

/// MLflow's calls on evaluation datasets.
struct EvaluationDatasetRoutes {
    static let pageDefault = 1000
    static let pageMax = 50_000
    let tracking: TrackingService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("datasets/create", use: create)
        group.post("datasets/search", use: search)
        group.get("datasets/search", use: search)
        group.get("datasets/:id", use: get)
        group.delete("datasets/:id", use: delete)
        group.patch("datasets/:id/tags", use: setTags)
        group.delete("datasets/:id/tags/:key", use: deleteTag)
        group.get("datasets/:id/experiment-ids", use: experimentIDs)
        group.post("datasets/:id/add-experiments", use: addExperiments)
        group.post("datasets/:id/remove-experiments", use: removeExperiments)
        group.post("datasets/:id/records", use: putRecords)
        group.get("datasets/:id/records", use: records)
        group.delete("datasets/:id/records", use: deleteRecords)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let dataset = try await tracking.createEvaluationDataset(
            named: try fields.requiredString("name"),
            in: try experiments(fields),
            tags: try tags(fields),
            by: context.actor
        )
        return answer(dataset)
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(try await tracking.evaluationDataset(try id(context)))
    }

    @Sendable private func search(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let page = try await tracking.searchEvaluationDatasets(
            EvaluationDatasetSearch(
                experimentIDs: try experiments(fields),
                filter: try fields.string("filter_string"),
                orderBy: try fields.strings("order_by"),
                limit: try fields.limit(default: Self.pageDefault, max: Self.pageMax),
                page: try fields.page()
            )
        )
        return .json { $0.page("datasets", page) { $0.evaluationDataset($1) } }
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await tracking.deleteEvaluationDataset(try id(context), by: context.actor)
        return .emptyObject
    }

    @Sendable private func setTags(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await tracking.setEvaluationDatasetTags(try id(context), try tags(fields))
        return .emptyObject
    }

    @Sendable private func deleteTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let key = try context.parameters.require("key")
        try await tracking.deleteEvaluationDatasetTag(PercentEncoding.decode(key) ?? key, of: try id(context))
        return .emptyObject
    }

    @Sendable private func experimentIDs(_ request: Request, _ context: MartletContext) async throws -> Response {
        let dataset = try await tracking.evaluationDataset(try id(context))
        return .json { writer in
            writer.object { writer in
                writer.member("experiment_ids", unlessEmpty: dataset.experimentIDs) { $0.value($1.description) }
            }
        }
    }

    @Sendable private func addExperiments(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        return answer(try await tracking.addEvaluationDataset(try id(context), to: try experiments(fields)))
    }

    @Sendable private func removeExperiments(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        return answer(try await tracking.removeEvaluationDataset(try id(context), from: try experiments(fields)))
    }

    // MARK: Records

    @Sendable private func putRecords(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let text = try fields.requiredString("records")
        guard let records = try Self.json(text, "records").arrayValue?.map(\.objectValue), !records.contains(nil) else {
            throw MartletError(.invalidParameterValue, "'records' must be a JSON list of objects.")
        }
        let outcome = try await tracking.putEvaluationRecords(records.compactMap(\.self), in: try id(context))
        return .json { writer in
            writer.object { writer in
                writer.member("inserted_count", Int64(outcome.inserted))
                writer.member("updated_count", Int64(outcome.updated))
            }
        }
    }

    @Sendable private func records(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let id = try id(context)
        let page = try await tracking.evaluationRecords(
            of: id,
            limit: try fields.limit(default: Self.pageDefault, max: Self.pageMax),
            page: try fields.page()
        )
        var list = JSONWriter()
        list.array { writer in for record in page.items { writer.evaluationRecord(record, of: id) } }
        let text = String(decoding: list.bytes, as: UTF8.self)
        return .json { writer in
            writer.object { writer in
                writer.member("records", text)
                writer.member("next_page_token", ifPresent: page.next?.text)
            }
        }
    }

    @Sendable private func deleteRecords(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let ids = try fields.strings("dataset_record_ids")
        let count = try await tracking.deleteEvaluationRecords(ids, of: try id(context))
        return .json { writer in writer.object { $0.member("deleted_count", count) } }
    }

    // MARK: Fields

    private func id(_ context: MartletContext) throws -> String {
        try context.parameters.require("id")
    }

    private func experiments(_ fields: MLflowFields) throws -> [ExperimentID] {
        try fields.strings("experiment_ids").map { try ExperimentID($0) }
    }

    /// Tags as MLflow sends them: a text that holds a JSON object.
    private func tags(_ fields: MLflowFields) throws -> [Tag] {
        guard let text = try fields.string("tags"), !text.isEmpty else { return [] }
        let value = try Self.json(text, "tags")
        guard value != .null else { return [] }
        guard let tags = value.objectValue else {
            throw MartletError(.invalidParameterValue, "'tags' must be a JSON object.")
        }
        return tags.members.map { Tag(key: $0.name, value: $0.value.stringValue ?? $0.value.text) }
    }

    private static func json(_ text: String, _ name: StaticString) throws -> JSON {
        do {
            return try JSON.parse(text.utf8, nonFinite: .accept)
        } catch {
            throw MartletError(.invalidParameterValue, "'\(name)' is no JSON: \(error).", cause: error)
        }
    }

    private func answer(_ dataset: EvaluationDataset) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("dataset")
                writer.evaluationDataset(dataset)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func evaluationDataset(_ dataset: EvaluationDataset) {
        object { writer in
            writer.member("dataset_id", dataset.id)
            writer.member("name", dataset.name)
            let tags = JSONObject(dataset.tags.map { ($0.key, .string($0.value)) })
            writer.member("tags", JSON.object(tags).text)
            writer.member("schema", ifPresent: dataset.schema)
            let profile: JSON = ["num_records": .integer(dataset.recordCount)]
            writer.member("profile", ifPresent: dataset.recordCount > 0 ? profile.text : nil)
            writer.member("digest", dataset.digest)
            writer.member("created_time", dataset.createdAt)
            writer.member("last_update_time", dataset.updatedAt)
            writer.member("created_by", ifPresent: dataset.createdBy)
            writer.member("last_updated_by", ifPresent: dataset.updatedBy)
            writer.member("experiment_ids", unlessEmpty: dataset.experimentIDs) { $0.value($1.description) }
        }
    }

    fileprivate mutating func evaluationRecord(_ record: EvaluationRecord, of dataset: String) {
        object { writer in
            writer.member("dataset_record_id", record.id)
            writer.member("dataset_id", dataset)
            for member in record.document.members {
                writer.name(data: member.name)
                writer.value(member.value)
            }
            let source = record.document["source"]?.objectValue
            let data = source?["source_data"]?.objectValue
            let sourceID = data?["trace_id"]?.stringValue ?? data?["source_id"]?.stringValue
            writer.member("source_id", ifPresent: sourceID)
            writer.member("source_type", ifPresent: source?["source_type"]?.stringValue)
            writer.member("created_time", record.createdAt)
            writer.member("last_update_time", record.updatedAt)
            writer.member("created_by", ifPresent: record.createdBy)
            writer.member("last_updated_by", ifPresent: record.updatedBy)
        }
    }
}
