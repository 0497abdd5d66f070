import Database
import Kernel
import Logging
import TestSupport
import Testing

@testable import Serving

@Suite("A series of the prediction log")
struct PredictionSeriesTests {
    @Test(
        "counts each variant by spans, with the first latency that a share reaches",
        arguments: DatabaseBackend.allCases
    )
    func series(backend: DatabaseBackend) async throws {
        try await withSeries(backend) { log, database in
            let hundred = (1...100).map { Self.record($0, at: 60_000 + Int64($0), latencyMs: Double(101 - $0)) }
            try await write(hundred, to: database)
            try await write(
                [
                    Self.record(101, at: 60_500, latencyMs: 500, status: 503),
                    Self.record(102, at: 65_000, latencyMs: 9, status: 400, variant: "v2"),
                    Self.record(103, at: 65_001, latencyMs: 7, variant: nil),
                    Self.record(104, at: 65_002, latencyMs: 3, variant: "v2", shadowOf: "1"),
                    Self.record(105, at: 59_999, latencyMs: 1),
                    Self.record(106, at: 65_003, latencyMs: 1, endpoint: "other"),
                    Self.record(107, at: 120_001, latencyMs: 1),
                ],
                to: database
            )
            let series = try await log.series(endpoint: "e", from: Self.moment(60_000), to: Self.moment(120_000))
            #expect(series.spanMs == 500 && !series.isCut)
            #expect(series.start == Self.moment(60_000) && series.end == Self.moment(120_000))
            #expect(
                series.points.map(Self.text) == [
                    "v1 60000: 100 right, 0 wrong, 50.0 and 99.0 ms",
                    "v1 60500: 0 right, 1 wrong, none and none ms",
                    "v2 65000: 1 right, 1 wrong, 3.0 and 3.0 ms",
                    "v3 65000: 1 right, 0 wrong, 7.0 and 7.0 ms",
                ]
            )
        }
    }

    @Test("begins with the span that its first moment lies in", arguments: DatabaseBackend.allCases)
    func alignment(backend: DatabaseBackend) async throws {
        try await withSeries(backend) { log, database in
            try await write([Self.record(1, at: 60_100, latencyMs: 1)], to: database)
            let series = try await log.series(endpoint: "e", from: Self.moment(60_300), to: Self.moment(120_300))
            #expect(series.start == Self.moment(60_000) && series.points.count == 1)
        }
    }

    @Test("looks at no more than its bound, and then begins later", arguments: DatabaseBackend.allCases)
    func bound(backend: DatabaseBackend) async throws {
        var limits = PredictionLog.Limits()
        limits.seriesRowsMax = 50
        try await withSeries(backend, limits: limits) { log, database in
            let many = (0..<200).map { Self.record($0, at: 1_000_000 + 100 * Int64($0), latencyMs: 1) }
            try await write(many, to: database)
            let end = Self.moment(1_020_000)
            let series = try await log.series(endpoint: "e", from: Self.moment(0), to: end)
            #expect(series.isCut && series.spanMs == 100 && series.start == Self.moment(1_015_000))
            #expect(series.points.count == 50 && series.points.allSatisfy { $0.predictions == 1 })
            let whole = try await log.series(endpoint: "e", from: series.start, to: end)
            #expect(!whole.isCut && whole.points.count == 50)
            // What lies before the first moment, in its span, counts as well.
            let late = try await log.series(endpoint: "e", from: Self.moment(1_019_999), to: Self.moment(2_219_999))
            #expect(late.isCut && late.points.reduce(0) { $0 + $1.predictions } <= 50)
            // All in one millisecond can't be parted.
            try await write((200..<300).map { Self.record($0, at: 1_020_000, latencyMs: 1) }, to: database)
            let last = try await log.series(endpoint: "e", from: Self.moment(0), to: end)
            #expect(last.isCut && last.points.map(\.predictions) == [100] && last.start == end)
        }
    }

    @Test("refuses a time that ends before it begins")
    func order() async throws {
        try await withSeries(.sqlite) { log, _ in
            await #expect(throws: MartletError.self) {
                _ = try await log.series(endpoint: "e", from: Self.moment(5), to: Self.moment(5))
            }
            let series = try await log.series(endpoint: "e", from: Self.moment(5), to: Self.moment(6))
            #expect(series.points.isEmpty)
        }
    }

    @Test(
        "has spans that are easy to read, and never too many",
        arguments: [
            (1, 100), (60_000, 500), (900_000, 10_000), (3_600_500, 30_000), (86_400_000, 900_000),
            (604_800_000, 10_800_000), (1 << 48, 2_199_052_800_000),
        ] as [(Int64, Int64)]
    )
    func spans(durationMs: Int64, spanMs: Int64) {
        let found = PredictionSeries.spanMs(of: durationMs)
        #expect(found == spanMs && durationMs <= found * PredictionSeries.spansMax)
    }

    @Test("finds where its bound lies by the index alone")
    func plan() async throws {
        try await withSeries(.sqlite) { _, database in
            let plan = try await database.read { connection in
                try connection.query(
                    "EXPLAIN QUERY PLAN " + PredictionStore.newestLeft,
                    [.text("e"), .integer(0), .integer(9), .integer(50)]
                ) { try $0.text(3) }
            }
            #expect(plan.joined().contains("COVERING INDEX predictions_by_endpoint"), "\(plan)")
            #expect(!plan.joined().contains("TEMP B-TREE"), "\(plan)")
        }
    }

    private static func moment(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    private static func text(_ point: PredictionSeries.Point) -> String {
        let latencies = [point.latencyMsP50, point.latencyMsP99].map { $0.map { "\($0)" } ?? "none" }
        return "\(point.variant) \(point.at.milliseconds): \(point.predictions) right, \(point.errors) wrong, "
            + "\(latencies[0]) and \(latencies[1]) ms"
    }

    private static func record(
        _ number: Int,
        at milliseconds: Int64,
        latencyMs: Double,
        status: Int = 200,
        variant: String? = "v1",
        shadowOf: String? = nil,
        endpoint: String = "e"
    ) -> PredictionRecord {
        PredictionRecord(
            requestID: RequestID(high: UInt64(milliseconds) << 16, low: UInt64(number)).description,
            endpoint: endpoint,
            modelName: "m",
            modelVersion: 3,
            variant: variant,
            policyVersion: 1,
            isDrawn: true,
            shadowOf: shadowOf,
            at: moment(milliseconds),
            features: "{}",
            prediction: "1",
            latencyMs: latencyMs,
            status: status,
            error: nil
        )
    }
}

private func write(_ records: [PredictionRecord], to database: any SQLDatabase) async throws {
    try await database.write { try PredictionStore.insert(records, on: $0) }
}

private func withSeries(
    _ backend: DatabaseBackend,
    limits: PredictionLog.Limits = .init(),
    _ test: (PredictionLog, any SQLDatabase) async throws -> Void
) async throws {
    try await withTestDatabase(backend, migrations: ServingSchema.predictionMigrations) { database in
        try await test(PredictionLog(database: database, logger: Logger(label: "test"), limits: limits), database)
    }
}
