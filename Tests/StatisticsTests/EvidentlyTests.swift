import Statistics
import Testing

@Suite("Evidently's methods give Evidently's scores and verdicts")
struct EvidentlyTests {
    @Test("numeric columns", arguments: DriftFixture.numericScenarios)
    func numeric(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        #expect(try EvidentlyMethod.standard(reference, current).rawValue == text(fixture, "default_method"))
        for method in EvidentlyMethod.allCases {
            guard let truth = fixture.truth["evidently", method.rawValue] else { continue }
            if Self.peerIsWrong(fixture, method) { continue }
            try compare(truth, method) { () throws(StatisticsError) in try method.score(reference, current) }
        }
    }

    /// Three stored scores that are wrong; what is right is tested in ``SampleTruthTests``.
    private static func peerIsWrong(_ fixture: DriftFixture, _ method: EvidentlyMethod) -> Bool {
        switch (fixture.name.prefix(3), method) {
        // All values of both samples are equal: mid-ranks call that drift.
        case ("n06", .cramerVonMises): true
        // 1088 of the C(18, 8) = 43758 orders reach T: 0.024864, as SciPy says. Evidently sums in half precision.
        case ("n09", .cramerVonMises): true
        // A rounding error of 6.7e-15 is taken for a dimension of the covariance.
        case ("n13", .eppsSingleton): true
        default: false
        }
    }

    @Test("categorical columns", arguments: DriftFixture.categoricalScenarios)
    func categorical(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.categorical
        let pair = try reference.paired(withCurrent: current).pair
        #expect(try EvidentlyMethod.standard(categorical: pair).rawValue == text(fixture, "default_method"))
        for method in EvidentlyMethod.allCases {
            guard let truth = fixture.truth["evidently", method.rawValue] else { continue }
            try compare(truth, method) { () throws(StatisticsError) in try method.score(categorical: pair) }
        }
    }

    @Test("the verdict of each stored score", arguments: DriftFixture.scenarios)
    func verdicts(_ fixture: DriftFixture) throws {
        for method in EvidentlyMethod.allCases {
            guard let truth = fixture.truth["evidently", method.rawValue], let score = truth["score"]?.double else {
                continue
            }
            #expect(method.threshold == truth["threshold"]?.double, "\(method)")
            #expect(truth["drifted"] == .flag(method.isDrift(score)), "\(method)")
        }
    }

    private func compare(
        _ truth: Truth,
        _ method: EvidentlyMethod,
        _ score: () throws(StatisticsError) -> Double
    ) throws {
        guard let expected = truth["score"]?.double else {
            #expect(throws: StatisticsError.self, "\(method)") { try score() }
            return
        }
        let value = try score()
        let absolute = method.isPValue ? 1e-6 : (method == .hellinger || method == .jensenShannon ? 1e-7 : 1e-12)
        #expect(near(value, expected, absolute: absolute), "\(method): \(value), Evidently \(expected)")
        #expect(truth["drifted"] == .flag(method.isDrift(value)), "\(method)")
    }

    private func text(_ fixture: DriftFixture, _ key: String) throws -> String {
        guard case .text(let value) = try #require(fixture.truth[key]) else { return "" }
        return value
    }
}
