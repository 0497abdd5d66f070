import Database
import Kernel
import TestSupport
import Testing
import Tracking

@Suite("The history of a metric, logged one by one and many at once,")
struct MetricHistoryTests {
    /// 400 points whose steps and timestamps rise and fall against each other, by their places.
    private static func point(_ place: Int) -> Metric {
        .sample("m", Double(place), step: Int64(place * 7 % 400), at: Int64(place / 3))
    }

    /// Logs the points at all `places`: some alone, some in batches, many both ways and more than once.
    private func log(_ places: Range<Int>, _ fixture: TrackingFixture) async throws -> RunID {
        let id = try await fixture.run()
        for start in [places.lowerBound, places.lowerBound + 150, places.lowerBound + 100] {
            let batch = RunBatch(metrics: (start..<min(start + 250, places.upperBound)).map(Self.point))
            try await fixture.tracking.log(batch, to: id)
        }
        for place in stride(from: places.lowerBound, to: places.upperBound, by: 40) {
            try await fixture.tracking.log(Self.point(place), to: id)
        }
        try await fixture.tracking.log(Self.point(places.upperBound), to: id)
        return id
    }

    @Test("has each point once, and its pages are the whole", arguments: DatabaseBackend.allCases)
    func pages(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await log(0..<400, fixture)
            let wanted = (0...400).map(Self.point).sorted {
                ($0.timestamp, $0.step, $0.value) < ($1.timestamp, $1.step, $1.value)
            }
            var values: [Double] = []
            var page: PageToken?
            repeat {
                let part = try await fixture.tracking.metricHistory(id, key: "m", limit: 33, page: page)
                #expect(part.items.count == 33 || part.next == nil)
                values += part.items.map(\.value)
                page = part.next
            } while page != nil
            #expect(values == wanted.map(\.value))
        }
    }

    @Test("is sampled in the order of steps", arguments: DatabaseBackend.allCases)
    func sampled(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await log(0..<400, fixture)
            func values(_ steps: ClosedRange<Int64>, max: Int) async throws -> [Double] {
                let histories = try await fixture.tracking.sampledHistories([id], key: "m", steps: steps, max: max)
                return try #require(histories.first).metrics.map(\.value)
            }
            let wanted = (0...400).map(Self.point).sorted { ($0.step, $0.timestamp) < ($1.step, $1.timestamp) }
            #expect(try await values(.min ... .max, max: 1000) == wanted.map(\.value))
            #expect(
                try await values(10...12, max: 1000) == wanted.filter { (10...12).contains($0.step) }.map(\.value)
            )
            let thin = try await values(.min ... .max, max: 10)
            #expect(thin.count == 10 && thin.first == wanted.first?.value && thin.last == wanted.last?.value)
        }
    }

    @Test("does not grow on the disk when a call is sent again", arguments: DatabaseBackend.allCases)
    func again(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            func rows() async throws -> [Int64] {
                try await fixture.database.read { connection in
                    try connection.query(
                        "SELECT (SELECT COUNT(*) FROM metric_chunks), (SELECT COUNT(*) FROM metric_points)",
                        []
                    ) { [try $0.integer(0), try $0.integer(1)] }.flatMap(\.self)
                }
            }
            let batch = RunBatch(metrics: (0..<300).map(Self.point) + [.sample("alone", .nan)])
            try await fixture.tracking.log(batch, to: id)
            let once = try await rows()
            #expect((2...20).contains(once[0]) && once[1] == 1)
            try await fixture.tracking.log(batch, to: id)
            try await fixture.tracking.log(RunBatch(metrics: batch.metrics.reversed()), to: id)
            #expect(try await rows() == once)
        }
    }

    @Test("counts its latest point, however it came", arguments: DatabaseBackend.allCases)
    func latest(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await log(0..<400, fixture)
            let latest = try #require(try await fixture.tracking.runDetails(id).metrics.first)
            let wanted = try #require(
                (0...400).map(Self.point).max { ($0.step, $0.timestamp) < ($1.step, $1.timestamp) }
            )
            #expect(latest.value == wanted.value && latest.step == wanted.step)
        }
    }
}
