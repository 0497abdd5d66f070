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
            try PredictionFilter(fields),
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

extension PredictionFilter {
    /// What a query asks for.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    fileprivate init(_ fields: MLflowFields) throws {
        func time(_ name: String) throws -> Timestamp? {
            try fields.integer(name).map { Timestamp(milliseconds: min(max(0, $0), Self.millisecondsMax)) }
        }
        self.init(
            endpoint: try fields.string("endpoint"),
            modelName: try fields.string("model_name"),
            modelVersion: try fields.integer("model_version").map { Int($0) },
            variant: try fields.string("variant"),
            isShadow: try fields.boolean("shadow") ?? false,
            requestID: try fields.string("request_id"),
            start: try time("start_time"),
            end: try time("end_time")
        )
    }

    /// The last moment that an id can name, in the year 10889.
    private static let millisecondsMax: Int64 = 1 << 48 - 2
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
