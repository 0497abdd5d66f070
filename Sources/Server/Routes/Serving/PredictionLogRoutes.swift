import Hummingbird
import Kernel
import Serving

/// What has been predicted.
struct PredictionLogRoutes {
    static let pageMax = 1000
    let log: PredictionLog

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.get("api/v1/predictions", use: list)
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(queryOf: request)
        let token = try fields.string("page_token").flatMap { $0.isEmpty ? nil : $0 }
        let page = try await log.page(
            endpoint: try fields.string("endpoint"),
            modelName: try fields.string("model_name"),
            variant: try fields.string("variant"),
            isShadow: try fields.boolean("shadow") ?? false,
            after: try token.map { try PredictionPage.PageMark($0) },
            limit: try fields.limit("limit", default: 100, max: Self.pageMax)
        )
        return .json { writer in
            writer.object { writer in
                writer.name("predictions")
                writer.array { writer in for record in page.records { writer.prediction(record) } }
                writer.member("next_page_token", ifPresent: page.next?.text)
            }
        }
    }
}

extension JSONWriter {
    /// A logged prediction as the API shows it.
    mutating func prediction(_ record: PredictionRecord) {
        object { writer in
            writer.member("request_id", record.requestID)
            writer.member("endpoint", record.endpoint)
            writer.member("model_name", record.modelName)
            writer.member("model_version", String(record.modelVersion))
            writer.member("variant", ifPresent: record.variant)
            if let version = record.policyVersion { writer.member("policy_version", Int64(version)) }
            writer.member("shadow_of", ifPresent: record.shadowOf)
            writer.member("timestamp", record.at)
            writer.name("features")
            writer.raw(record.features.utf8)
            writer.name("prediction")
            writer.raw(record.prediction.utf8)
            writer.name("latency_ms")
            writer.value(record.latencyMs)
            writer.member("status", Int64(record.status))
            writer.member("error", ifPresent: record.error)
            writer.name("metric_value")
            if let value = record.metricValue { writer.value(value) } else { writer.null() }
            writer.name("ground_truth")
            if let truth = record.groundTruth { writer.raw(truth.utf8) } else { writer.null() }
        }
    }
}
