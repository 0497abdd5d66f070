import Kernel
import TestSupport
import Testing

@testable import Tracking

@Suite("How two filters of traces go together")
struct TraceCorrelationTests {
    @Test("is counted among the traces that are meant", arguments: DatabaseBackend.allCases)
    func counts(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let (home, other) = (try await fixture.experiment("home"), try await fixture.experiment("other"))
            for number in 0..<10 {
                let tags = [
                    Tag(key: "env", value: number < 6 ? "prod" : "dev"),
                    Tag(key: "kind", value: number < 7 ? "TOOL" : "LLM"),
                ]
                try await fixture.trace("t\(number)", in: home, at: Int64(number), tags: tags)
            }
            try await fixture.trace("other", in: other, tags: [Tag(key: "env", value: "prod")])
            func counted(_ first: String, _ second: String, _ base: String? = nil) async throws -> TraceCorrelation {
                try await fixture.tracking.correlateTraces(
                    TraceCorrelationSearch(experimentIDs: [home], first: first, second: second, base: base)
                )
            }
            let prod = "tags.env = 'prod'"
            let tool = "tags.kind = 'TOOL' AND status = 'OK'"
            #expect(try await counted(prod, tool) == TraceCorrelation(total: 10, first: 6, second: 7, both: 6))
            let late = try await counted(prod, tool, "timestamp_ms >= 3 AND timestamp_ms < 8")
            #expect(late == TraceCorrelation(total: 5, first: 3, second: 4, both: 3))
            #expect(
                try await counted("", "tags.env = 'x'") == TraceCorrelation(total: 10, first: 10, second: 0, both: 0)
            )
            await expectRefusal(.invalidParameterValue, "Invalid entity type 'invalid'.") {
                try await counted("invalid.x = 'y'", tool)
            }
            let nothing = TraceCorrelationSearch(experimentIDs: [], first: prod, second: tool)
            #expect(try await fixture.tracking.correlateTraces(nothing).total == 0)
        }
    }

    @Test("is asked with so many values and experiments as any search", arguments: DatabaseBackend.allCases)
    func bounds(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            try await fixture.trace("t1", in: try await fixture.experiment())
            func filter(_ count: Int) -> String {
                "trace_id IN (" + (1...count).map { "'t\($0)'" }.joined(separator: ", ") + ")"
            }
            var search = TraceCorrelationSearch(
                experimentIDs: (1...10_000).map { ExperimentID(number: $0) },
                first: filter(8000),
                second: filter(7000),
                base: filter(5000)
            )
            let counts = try await fixture.tracking.correlateTraces(search)
            #expect(counts == TraceCorrelation(total: 1, first: 1, second: 1, both: 1))
            search.second = filter(7001)
            await expectRefusal(.invalidParameterValue, "A search can have at most 20000 values in lists. Got 20001.") {
                [search] in try await fixture.tracking.correlateTraces(search)
            }
            search.experimentIDs.append(ExperimentID(number: 10_001))
            await expectRefusal(.invalidParameterValue, "A search can have at most 10000 experiment ids. Got 10001.") {
                [search] in try await fixture.tracking.correlateTraces(search)
            }
        }
    }

    /// The numbers are MLflow 3.17's, of `calculate_npmi_from_counts`.
    @Test(
        "is MLflow's figure",
        arguments: [
            (10, 6, 7, 6, 0.6982322877799215, 0.5404578674731575),
            (10, 4, 3, 3, 0.7610560044063087, 0.6021516451320165),
            (10, 5, 5, 0, -1, -0.5637914160289369), (100, 5, 5, 1, 0.3010299956639813, 0.3429118001517991),
        ] as [(Int64, Int64, Int64, Int64, Double, Double)]
    )
    func figure(total: Int64, first: Int64, second: Int64, both: Int64, plain: Double, smoothed: Double) {
        let counts = TraceCorrelation(total: total, first: first, second: second, both: both)
        #expect(abs(counts.mutualInformation - plain) < 1e-12, "\(counts.mutualInformation)")
        #expect(abs(counts.smoothedMutualInformation - smoothed) < 1e-12, "\(counts.smoothedMutualInformation)")
    }

    @Test("is told where the formula has no answer")
    func edges() {
        func counts(_ total: Int64, _ first: Int64, _ second: Int64, _ both: Int64) -> TraceCorrelation {
            TraceCorrelation(total: total, first: first, second: second, both: both)
        }
        #expect(counts(10, 0, 7, 0).mutualInformation.isNaN && counts(10, 0, 7, 0).smoothedMutualInformation.isNaN)
        #expect(counts(0, 0, 0, 0).mutualInformation.isNaN)
        #expect(counts(10, 5, 5, 0).mutualInformation == -1 && counts(10, 5, 5, 0).smoothedMutualInformation < 0)
        #expect(counts(10, 10, 10, 10).mutualInformation == 1 && counts(10, 10, 10, 10).smoothedMutualInformation == 1)
    }
}
