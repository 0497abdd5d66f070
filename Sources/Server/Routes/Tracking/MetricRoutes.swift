import Hummingbird
import Kernel
import NIOCore
import Tracking

/// MLflow's calls that log metrics and params, and read metrics back.
struct MetricRoutes {
    static let sampledRunsMax = 100
    static let sampledPointsMax = 2500
    static let bulkPointsMax = 25_000
    static let historyPointsMax = Int(Int32.max) - 1
    let tracking: TrackingService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("runs/log-metric", use: logMetric)
        group.post("runs/log-parameter", use: logParam)
        group.post("runs/log-batch", use: logBatch)
        group.get("metrics/get-history", use: history)
        group.get("metrics/get-history-bulk", use: histories)
        group.get("metrics/get-history-bulk-interval", use: sampledHistories)
    }

    @Sendable private func logMetric(_ request: Request, _ context: MartletContext) async throws -> Response {
        let body = try await MLflowFields.body(of: request)
        let point = try body.withUnsafeReadableBytes { MetricBodyReader.point($0) } ?? Self.point(body)
        try await tracking.log(point.metric, to: point.run)
        return .emptyObject
    }

    @Sendable private func logParam(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let id = try fields.runID()
        let param = Param(key: try fields.requiredString("key"), value: try fields.string("value") ?? "")
        try await tracking.log(param, to: id)
        return .emptyObject
    }

    @Sendable private func logBatch(_ request: Request, _ context: MartletContext) async throws -> Response {
        let body = try await MLflowFields.body(of: request)
        let batch = try body.withUnsafeReadableBytes { MetricBodyReader.batch($0) } ?? Self.batch(body)
        try await tracking.log(batch.batch, to: batch.run)
        return .emptyObject
    }

    /// What any body of log-metric says.
    static func point(_ body: ByteBuffer) throws -> (run: RunID, metric: Metric) {
        let fields = MLflowFields(body: body)
        return (try fields.runID(), try metric(fields))
    }

    /// What any body of log-batch says.
    static func batch(_ body: ByteBuffer) throws -> (run: RunID, batch: RunBatch) {
        let fields = MLflowFields(body: body)
        let batch = RunBatch(
            metrics: try fields.objects("metrics").map(metric),
            params: try fields.objects("params").map { param in
                Param(key: try param.requiredString("key"), value: try param.string("value") ?? "")
            },
            tags: try fields.tags("tags").map { Tag(key: $0.key, value: $0.value) }
        )
        return (try fields.runID(), batch)
    }

    private static func metric(_ fields: MLflowFields) throws -> Metric {
        let key = try fields.requiredString("key")
        guard let value = try fields.double("value") else { throw fields.missing("value") }
        return Metric(
            key: key,
            value: value,
            timestamp: Timestamp(milliseconds: try fields.requiredInteger("timestamp")),
            step: try fields.integer("step") ?? 0,
            modelID: try fields.string("model_id").flatMap { $0.isEmpty ? nil : LoggedModelID($0) },
            datasetName: try fields.string("dataset_name"),
            datasetDigest: try fields.string("dataset_digest")
        )
    }

    @Sendable private func history(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let page = try await tracking.metricHistory(
            try fields.runID(),
            key: try fields.requiredString("metric_key"),
            limit: try fields.limit(default: Self.historyPointsMax, max: Self.historyPointsMax),
            page: try fields.page()
        )
        return .json { $0.page("metrics", page) { $0.metric($1) } }
    }

    @Sendable private func histories(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let ids = try fields.strings("run_id")
        guard !ids.isEmpty else {
            throw MartletError(
                .invalidParameterValue,
                "GetMetricHistoryBulk request must specify at least one run_id."
            )
        }
        guard ids.count <= Self.sampledRunsMax else {
            throw MartletError(
                .invalidParameterValue,
                "GetMetricHistoryBulk request cannot specify more than \(Self.sampledRunsMax) run_ids. "
                    + "Received \(ids.count) run_ids."
            )
        }
        guard let key = try fields.string("metric_key"), !key.isEmpty else {
            throw MartletError(.invalidParameterValue, "GetMetricHistoryBulk request must specify a metric_key.")
        }
        let limit = try fields.limit(default: Self.bulkPointsMax, max: Int(Int32.max))
        let histories = try await tracking.metricHistories(
            ids.map { RunID($0) },
            key: key,
            limit: min(limit, Self.bulkPointsMax)
        )
        return answer(histories)
    }

    private func answer(_ histories: [MetricAppend]) -> Response {
        .json { writer in
            writer.object { writer in
                let points = histories.flatMap { history in history.metrics.map { (history.runID, $0) } }
                writer.member("metrics", unlessEmpty: points) { $0.metric($1.1, runID: $1.0) }
            }
        }
    }

    @Sendable private func sampledHistories(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let ids = try fields.strings("run_ids")
        guard !ids.isEmpty else { throw fields.missing("run_ids") }
        guard ids.count <= Self.sampledRunsMax else {
            throw MartletError(
                .invalidParameterValue,
                "GetMetricHistoryBulkInterval request must specify at most \(Self.sampledRunsMax) run_ids. "
                    + "Received \(ids.count) run_ids."
            )
        }
        let histories = try await tracking.sampledHistories(
            ids.map { RunID($0) },
            key: try fields.requiredString("metric_key"),
            steps: try steps(fields),
            max: try sampledPoints(fields)
        )
        return answer(histories)
    }

    private func sampledPoints(_ fields: MLflowFields) throws -> Int {
        let count = try fields.integer("max_results") ?? Int64(Self.sampledPointsMax)
        guard (1...Int64(Self.sampledPointsMax)).contains(count) else {
            throw MartletError(
                .invalidParameterValue,
                "max_results must be between 1 and \(Self.sampledPointsMax). Received \(count)."
            )
        }
        return Int(count)
    }

    private func steps(_ fields: MLflowFields) throws -> ClosedRange<Int64> {
        switch (try fields.integer("start_step"), try fields.integer("end_step")) {
        case (nil, nil): return Int64.min...Int64.max
        case (let start?, let end?):
            guard start <= end else {
                throw MartletError(
                    .invalidParameterValue,
                    "end_step must be greater than start_step. Found start_step=\(start) and end_step=\(end)."
                )
            }
            return start...end
        default:
            throw MartletError(
                .invalidParameterValue,
                "If either start step or end step are specified, both must be specified."
            )
        }
    }
}
