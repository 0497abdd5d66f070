import Hummingbird
import Kernel
import Serving

/// What has been predicted.
struct PredictionLogRoutes {
    static let pageMax = 1000
    let log: PredictionLog
    let clock: WallClock

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.get("api/v1/predictions", use: list)
        router.get("api/v1/predictions/series", use: series)
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

extension PredictionLogRoutes {
    /// What each variant of an endpoint did over a time.
    @Sendable private func series(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(queryOf: request)
        let endpoint = try fields.requiredString("endpoint")
        guard let start = try fields.moment("start_time") else { throw fields.missing("start_time") }
        let series = try await log.series(
            endpoint: endpoint,
            from: start,
            to: try fields.moment("end_time") ?? clock.now()
        )
        return .json { writer in
            writer.object { writer in
                writer.member("endpoint", endpoint)
                writer.series(series)
            }
        }
    }
}

extension MLflowFields {
    /// The last moment that the id of a prediction can name, in the year 10889.
    private static let momentMaxMs: Int64 = 1 << 48 - 2

    /// A moment in milliseconds since 1970 or in ISO 8601, or the nearest that the id of a prediction can name; nil when
    /// absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    fileprivate func moment(_ name: String) throws -> Timestamp? {
        guard let text = try string(name), !text.isEmpty else { return nil }
        guard let milliseconds = Int64(text) ?? Timestamp(iso8601: text)?.milliseconds else {
            throw MartletError(
                .invalidParameterValue,
                "\"\(name)\" must be milliseconds since 1970 UTC, or a moment such as 2026-01-31T12:00:00Z"
            )
        }
        return Timestamp(milliseconds: min(max(0, milliseconds), Self.momentMaxMs))
    }
}

extension PredictionFilter {
    /// What a query asks for.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    fileprivate init(_ fields: MLflowFields) throws {
        self.init(
            endpoint: try fields.string("endpoint"),
            modelName: try fields.string("model_name"),
            modelVersion: try fields.integer("model_version").map { Int($0) },
            variant: try fields.string("variant"),
            isShadow: try fields.boolean("shadow") ?? false,
            requestID: try fields.string("request_id"),
            start: try fields.moment("start_time"),
            end: try fields.moment("end_time")
        )
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
            writer.member("timestamp", record.at.iso8601Zulu)
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

extension JSONWriter {
    /// The members of a series as the API shows it.
    fileprivate mutating func series(_ series: PredictionSeries) {
        member("start_time", series.start)
        member("end_time", series.end)
        member("span_ms", series.spanMs)
        member("is_cut", series.isCut)
        name("points")
        array { writer in
            for point in series.points {
                writer.object { writer in
                    writer.member("variant", point.variant)
                    writer.member("time", point.at)
                    writer.member("predictions", Int64(point.predictions))
                    writer.member("errors", Int64(point.errors))
                    writer.latency("latency_ms_p50", point.latencyMsP50)
                    writer.latency("latency_ms_p99", point.latencyMsP99)
                }
            }
        }
    }
}
