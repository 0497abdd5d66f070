import Serving
import Testing

@Suite("Latencies")
struct LatencyHistogramTests {
    @Test("have their quantiles within six in a hundred")
    func quantiles() throws {
        var histogram = LatencyHistogram()
        #expect(histogram.milliseconds(atQuantile: 0.5) == nil)
        for microseconds in 1...100_000 { histogram.record(nanoseconds: UInt64(microseconds) * 1_000) }
        for quantile in [0.01, 0.5, 0.9, 0.99, 1] {
            let value = try #require(histogram.milliseconds(atQuantile: quantile))
            #expect(abs(value / (quantile * 100) - 1) <= 0.0625)
        }
        #expect(histogram.count == 100_000)
    }

    @Test("of every size are counted once", arguments: [0, 1, 999, 1_000, 1_001, 200_000_000_000, UInt64.max])
    func extremes(nanoseconds: UInt64) {
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: nanoseconds)
        #expect(histogram.count == 1)
        #expect(histogram.cumulative.last?.count == (nanoseconds < 67_000_000_000 ? 1 : 0))
        let counts = histogram.cumulative.map(\.count)
        #expect(counts == counts.sorted())
    }
}
