import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("A metric")
struct MetricTests {
    /// Points as (value, step, timestamp), and which of them is the latest.
    private static let rivals: [(points: [(Double, Int64, Int64)], place: Int)] = [
        ([(1, 0, 1), (2, 1, 0)], 1), ([(2, 1, 0), (1, 0, 9)], 0), ([(1, 1, 5), (2, 1, 4)], 0),
        ([(1, 1, 5), (2, 1, 5)], 1),
        ([(2, 1, 5), (1, 1, 5)], 0), ([(1, -3, 0), (2, -4, 9)], 0), ([(.nan, 0, 0), (-1, 0, 0)], 0),
        ([(-1, 0, 0), (.nan, 0, 0)], 1),
        ([(.nan, 0, 0), (1, 0, 0)], 1), ([(.infinity, 0, 0), (5, 0, 0)], 0), ([(-.infinity, 0, 0), (.nan, 0, 0)], 1),
        ([(0, Int64.max, 0), (1, Int64.min, 9)], 0),
    ]

    @Test("counts as it stood at the greatest (step, timestamp, value)", arguments: rivals, DatabaseBackend.allCases)
    func latest(expected: (points: [(Double, Int64, Int64)], place: Int), backend: DatabaseBackend) async throws {
        let points = expected.points.map { Metric.sample("m", $0.0, step: $0.1, at: $0.2) }
        let wanted = points[expected.place]
        try await withTracking(backend) { fixture in
            // In one batch, and one after the other.
            for run in [try await fixture.run("a"), try await fixture.run("b")] {
                if try await fixture.tracking.run(run).name == "a" {
                    try await fixture.tracking.log(RunBatch(metrics: points), to: run)
                } else {
                    for point in points { try await fixture.tracking.log(point, to: run) }
                }
                let metrics = try await fixture.tracking.runDetails(run).metrics
                let metric = try #require(metrics.first)
                #expect(metrics.count == 1)
                #expect(metric.value == wanted.value || metric.value.isNaN && wanted.value.isNaN)
                #expect(metric.step == wanted.step && metric.timestamp == wanted.timestamp)
            }
        }
    }

    @Test("history keeps every point once, by timestamp, step and value", arguments: DatabaseBackend.allCases)
    func history(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            let points: [Metric] = [
                .sample("m", 3, step: 0, at: 2), .sample("m", 2, step: 1, at: 1), .sample("m", 1, step: 0, at: 2),
                .sample("m", .infinity, step: 5, at: 3), .sample("m", -.infinity, step: 5, at: 3),
                .sample("m", 0.1, step: 0, at: 9),
                .sample("m", .nan, step: 2, at: 1), .sample("other", 7, step: 0, at: 0),
            ]
            for _ in 0..<2 { try await fixture.tracking.log(RunBatch(metrics: points + points), to: id) }
            let history = try await fixture.tracking.metricHistory(id, key: "m", limit: 100, page: nil).items
            let greatest = "\(Double.greatestFiniteMagnitude)"
            let values = ["2.0", "nan", "1.0", "3.0", "-\(greatest)", greatest, "0.1"]
            #expect(history.map { "\($0.value)" } == values)
            #expect(history.map(\.step) == [1, 2, 0, 0, 5, 5, 0])
            #expect(try await fixture.tracking.metricHistory(id, key: "none", limit: 1, page: nil).items.isEmpty)
        }
    }

    @Test("history is read in pages that together are the whole", arguments: DatabaseBackend.allCases)
    func pages(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            let points = (0..<25).map { (place: Int) -> Metric in
                .sample("m", Double(place), step: Int64(24 - place), at: Int64(place / 3))
            }
            try await fixture.tracking.log(RunBatch(metrics: points), to: id)
            let whole = try await fixture.tracking.metricHistory(id, key: "m", limit: 25, page: nil)
            #expect(whole.items.count == 25 && whole.next == nil)
            var values: [Double] = []
            var page: PageToken?
            repeat {
                let part = try await fixture.tracking.metricHistory(id, key: "m", limit: 10, page: page)
                values += part.items.map(\.value)
                page = part.next
            } while page != nil
            #expect(values == whole.items.map(\.value))
        }
    }

    @Test("sampled keeps the first and last point, within the steps asked for", arguments: DatabaseBackend.allCases)
    func sampled(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            let points = (0..<100).map { (step: Int) -> Metric in .sample("m", Double(step), step: Int64(step)) }
            try await fixture.tracking.log(RunBatch(metrics: points), to: id)
            func steps(_ steps: ClosedRange<Int64>, max: Int) async throws -> [Int64] {
                let ids = [id, RunID("unknown")]
                let histories = try await fixture.tracking.sampledHistories(ids, key: "m", steps: steps, max: max)
                #expect(histories.map(\.runID) == [id])
                return histories.first?.metrics.map(\.step) ?? []
            }
            let thin = try await steps(.min ... .max, max: 10)
            #expect(thin == [0, 10, 20, 30, 40, 50, 60, 70, 80, 99])
            #expect(try await steps(.min ... .max, max: 100) == Array(0..<100))
            #expect(try await steps(40...42, max: 100) == [40, 41, 42])
            #expect(try await steps(40...60, max: 1) == [60])
            #expect(try await steps(40...50, max: 4) == [40, 43, 46, 50])
            #expect(try await steps(500...600, max: 5).isEmpty)
        }
    }

    @Test("thinned out never loses an end and never repeats a place", arguments: [1, 2, 3, 7, 2500])
    func places(max: Int) {
        for count in [0, 1, 2, 3, 6, 7, 8, 100, 2501, 10_000] {
            let places = HistorySampling.places(count: count, max: max)
            #expect(places.count == min(count, max) && places == Array(Set(places)).sorted())
            #expect(places.last == (count > 0 ? count - 1 : nil))
            if max > 1 { #expect(places.first == (count > 0 ? 0 : nil)) }
        }
    }

    @Test("of a logged model is noted there as well, with its dataset", arguments: DatabaseBackend.allCases)
    func ofModel(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment()
            let run = try await fixture.run(in: experiment)
            let model = try await fixture.tracking.createLoggedModel(
                NewLoggedModel(
                    experimentID: experiment,
                    name: "m",
                    modelType: "",
                    sourceRunID: run,
                    params: [],
                    tags: []
                )
            )
            let metric = Metric(
                key: "auc",
                value: 0.9,
                timestamp: Timestamp(milliseconds: 3),
                step: 2,
                modelID: model.id,
                datasetName: "test",
                datasetDigest: "d1"
            )
            for _ in 0..<2 {
                try await fixture.tracking.log(RunBatch(metrics: [metric, .sample("loss", .nan)]), to: run)
            }
            let noted = try await fixture.tracking.loggedModel(model.id).metrics
            #expect(noted.count == 1)
            #expect(noted.first?.runID == run && noted.first?.metric.value == 0.9 && noted.first?.metric.step == 2)
            #expect(noted.first?.metric.datasetName == "test" && noted.first?.metric.datasetDigest == "d1")
            #expect(try await fixture.tracking.runDetails(run).metrics.map(\.key) == ["auc", "loss"])
        }
    }

    @Test("is told to those who listen, after it is written", arguments: DatabaseBackend.allCases)
    func appends(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            var appends = fixture.tracking.metricAppends.listen().makeAsyncIterator()
            await expectRefusal(.invalidParameterValue, "Got invalid timestamp") {
                try await fixture.tracking.log(Metric.sample("bad", 1, at: -1), to: id)
            }
            try await fixture.tracking.log(Metric.sample("m", 1), to: id)
            let append = await appends.next()
            #expect(append?.runID == id && append?.metrics.map(\.key) == ["m"])
            #expect(try await fixture.tracking.runDetails(id).metrics.count == 1)
        }
    }
}
