import Statistics
import Testing

@Suite("Tests of counts equal SciPy's")
struct CountTruthTests {
    @Test("homogeneity, G and Cramér's V", arguments: DriftFixture.categoricalScenarios)
    func homogeneity(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.categorical
        let pair = try reference.paired(withCurrent: current).pair
        for (key, result) in [
            ("chi2_homogeneity", ChiSquare.homogeneity(pair)),
            ("chi2_homogeneity_yates", ChiSquare.homogeneity(pair, yates: true)),
            ("g_homogeneity", ChiSquare.likelihoodRatio(pair)),
        ] {
            let truth = try #require(fixture.truth["scipy", key])
            #expect(near(result.statistic, truth["statistic"]?.double), "\(key)")
            #expect(near(result.pValue, truth["pvalue"]?.double, relative: 1e-8, absolute: 1e-300), "\(key)")
            #expect(Double(result.degreesOfFreedom) == truth["dof"]?.double, "\(key)")
        }
        if let expected = fixture.truth["scipy", "cramers_v"]?.double {
            #expect(try near(ChiSquare.cramersV(pair), expected))
        } else {
            #expect(throws: StatisticsError.tooFewBins) { try ChiSquare.cramersV(pair) }
        }
        #expect(near(pair.totalVariationDistance(), fixture.truth["scipy", "observed_tvd"]?.double))
    }
}
