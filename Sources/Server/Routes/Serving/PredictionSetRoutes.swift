import Hummingbird
import Kernel
import Serving

/// What was predicted in batches, as those tell it who did.
struct PredictionSetRoutes: Sendable {
    private static let pageMax = 1000
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.post("api/v1/prediction-sets", use: record)
        router.get("api/v1/prediction-sets", use: list)
        router.get("api/v1/prediction-sets/:id", use: get)
    }

    @Sendable private func record(_ request: Request, _ context: MartletContext) async throws -> Response {
        let set = try MLflowFields(try await request.jsonObject()).predictionSet()
        let record = try await serving.record(set, by: context.actor)
        return .json(status: .created) { $0.predictionSet(record) }
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let record = try await serving.predictionSet(try context.decodedParameter("id"))
        return .json { $0.predictionSet(record) }
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(queryOf: request)
        let token = try fields.string("page_token").flatMap { $0.isEmpty ? nil : $0 }
        let page = try await serving.predictionSets(
            modelName: try fields.string("model_name"),
            from: try token.map { try PageToken($0) },
            limit: try fields.limit("limit", default: 100, max: Self.pageMax)
        )
        return .json { writer in
            writer.object { writer in
                writer.name("prediction_sets")
                writer.array { writer in for record in page.items { writer.predictionSet(record) } }
                writer.member("next_page_token", ifPresent: page.next?.text)
            }
        }
    }
}

extension MLflowFields {
    fileprivate func predictionSet() throws -> PredictionSet {
        PredictionSet(
            model: BatchModel(
                name: try requiredString("model_name"),
                version: try count("model_version"),
                digest: try digest("model_digest")
            ),
            input: try requiredObject("input").file(),
            output: try requiredObject("output").file(),
            schema: try objects("schema").map { column in
                PredictionSet.SchemaColumn(
                    name: try column.requiredString("name"),
                    type: try column.requiredString("type")
                )
            },
            failedRows: try integer("failed_rows").map { try count(of: $0, "failed_rows") } ?? 0
        )
    }

    private func file() throws -> PredictionSet.File {
        PredictionSet.File(name: try requiredString("name"), digest: try digest("digest"), rows: try count("rows"))
    }

    private func count(_ name: String) throws -> Int {
        try count(of: try requiredInteger(name), name)
    }

    private func count(of number: Int64, _ name: String) throws -> Int {
        guard number >= 0 else {
            throw MartletError(.invalidParameterValue, "'\(name)' must be 0 or more, not \(number).")
        }
        return Int(number)
    }

    private func digest(_ name: String) throws -> ContentDigest {
        guard let digest = ContentDigest(try requiredString(name)) else {
            throw MartletError(.invalidParameterValue, "'\(name)' must be a digest, sha256: and 64 hexadecimal digits.")
        }
        return digest
    }
}

extension JSONWriter {
    fileprivate mutating func predictionSet(_ record: PredictionSetRecord) {
        let set = record.set
        object { writer in
            writer.member("id", set.id)
            writer.member("model_name", set.model.name)
            writer.member("model_version", Int64(set.model.version))
            writer.member("model_digest", set.model.digest.description)
            writer.member("input", object: { $0.file(set.input) })
            writer.member("output", object: { $0.file(set.output) })
            writer.name("schema")
            writer.array { writer in
                for column in set.schema {
                    writer.object { writer in
                        writer.member("name", column.name)
                        writer.member("type", column.type)
                    }
                }
            }
            writer.member("failed_rows", Int64(set.failedRows))
            writer.member("created_at", record.createdAt)
            writer.member("created_by", record.createdBy)
        }
    }

    private mutating func file(_ file: PredictionSet.File) {
        member("name", file.name)
        member("digest", file.digest.description)
        member("rows", Int64(file.rows))
    }
}
