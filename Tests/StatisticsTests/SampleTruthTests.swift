import Foundation
import Statistics
import Testing

@Suite("Profiles, distances and tests of samples equal NumPy's and SciPy's")
struct SampleTruthTests {
    @Test("profile", arguments: DriftFixture.numericScenarios)
    func profile(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        for (side, rows, sample) in [
            ("reference", fixture.reference.count, reference), ("current", fixture.current.count, current),
        ] {
            let profile = NumericProfile(sample)
            let truth = try #require(fixture.truth["describe_" + side])
            #expect(profile.count == truth["count"]?.double.map { Int($0) })
            #expect(profile.missing == rows - profile.count)
            #expect(profile.distinct == truth["distinct"]?.double.map { Int($0) })
            let pairs: [(Double?, String)] = [
                (profile.mean, "mean"), (profile.standardDeviation, "std_population"),
                (profile.sampleStandardDeviation, "std_sample"), (profile.minimum, "min"),
                (profile.lowerQuartile, "q25"), (profile.median, "median"), (profile.upperQuartile, "q75"),
                (profile.maximum, "max"), (profile.skewness, "skew_population"),
                (profile.excessKurtosis, "kurtosis_excess_population"),
            ]
            for (value, key) in pairs {
                guard truth[key] != .text("NaN") else {
                    #expect(value == nil, "\(side) \(key)")
                    continue
                }
                #expect(near(value, truth[key]?.double), "\(side) \(key)")
            }
        }
    }

    @Test("Wasserstein and energy distance", arguments: DriftFixture.numericScenarios)
    func transport(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        let truth = fixture.truth
        #expect(try near(Wasserstein.distance(reference, current), truth["scipy", "wasserstein"]?.double))
        #expect(try near(EnergyDistance.distance(reference, current), truth["scipy", "energy"]?.double))
        let normalised = truth["evidently", "wasserstein", "score"]?.double
        #expect(try near(Wasserstein.normalised(reference, current), normalised))
    }

    @Test("Kolmogorov-Smirnov", arguments: DriftFixture.numericScenarios)
    func kolmogorovSmirnov(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        let truth = fixture.truth
        let automatic = try KolmogorovSmirnov.test(reference, current)
        #expect(near(automatic.statistic, truth["scipy", "ks_auto", "statistic"]?.double))
        #expect(near(automatic.pValue, truth["scipy", "ks_auto", "pvalue"]?.double, absolute: 1e-300))
        let asymptotic = try KolmogorovSmirnov.test(reference, current, pValue: .asymptotic)
        #expect(near(asymptotic.statistic, truth["scipy", "ks_asymp", "statistic"]?.double))
        let expected = truth["scipy", "ks_asymp", "pvalue"]?.double
        #expect(near(asymptotic.pValue, expected, relative: 1e-7, absolute: 1e-12))
    }

    @Test("Mann-Whitney", arguments: DriftFixture.numericScenarios)
    func mannWhitney(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        try compare(fixture, "mannwhitney_two_sided", pValueRelative: 1e-9) { () throws(StatisticsError) in
            try MannWhitney.test(reference, current)
        }
        try compare(fixture, "mannwhitney_two_sided_asymptotic") { () throws(StatisticsError) in
            try MannWhitney.test(reference, current, pValue: .asymptotic)
        }
    }

    @Test("Student t, equal and free variances", arguments: DriftFixture.numericScenarios)
    func studentT(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        try compare(fixture, "t_equal_variance") { () throws(StatisticsError) in
            try StudentT.test(reference, current)
        }
        try compare(fixture, "t_welch") { () throws(StatisticsError) in
            try StudentT.test(reference, current, variances: .welch)
        }
    }

    @Test("Levene about medians", arguments: DriftFixture.numericScenarios)
    func levene(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        try compare(fixture, "levene_median") { () throws(StatisticsError) in try Levene.test(reference, current) }
    }

    /// SciPy's p-value for n06, where every value of both samples is the same constant, is 0.0845: its mid-ranks give
    /// T = 0.375 although both distribution functions are equal, T by definition 0. We say that it is not computable.
    @Test("Cramér-von Mises", arguments: DriftFixture.numericScenarios)
    func cramerVonMises(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        guard !fixture.name.hasPrefix("n06") else {
            #expect(try EnergyDistance.distance(reference, current) == 0)
            #expect(throws: StatisticsError.noVariation) { try CramerVonMises.test(reference, current) }
            return
        }
        try compare(fixture, "cramer_von_mises", pValueAbsolute: 1e-7) { () throws(StatisticsError) in
            try CramerVonMises.test(reference, current)
        }
    }

    @Test("Anderson-Darling", arguments: DriftFixture.numericScenarios)
    func andersonDarling(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        try compare(fixture, "anderson_midrank") { () throws(StatisticsError) in
            try AndersonDarling.test(reference, current)
        }
    }

    /// SciPy's value for n13 (three different values, hence a covariance of rank 2) takes an eigenvalue of 6.7e-15,
    /// which is rounding, for a third dimension: 6.291 with 3 degrees of freedom. ``threeValues()`` proves ours.
    @Test("Epps-Singleton", arguments: DriftFixture.numericScenarios.filter { !$0.name.hasPrefix("n13") })
    func eppsSingleton(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        try compare(fixture, "epps_singleton", relative: 1e-8) { () throws(StatisticsError) in
            try EppsSingleton.test(reference, current)
        }
    }

    /// On three values the characteristic functions are linear in the shares, so that W is the same quadratic form in
    /// two of the shares: N·dᵀ·(N/n·(diag p − ppᵀ) + N/m·(diag q − qqᵀ))⁻¹·d with d = p − q.
    @Test("Epps-Singleton on three values is the quadratic form in the shares")
    func threeValues() throws {
        let fixture = try #require(DriftFixture.numericScenarios.first { $0.name.hasPrefix("n13") })
        let (reference, current) = fixture.numeric
        let pair = try NumericBinning(distinct: reference, current).pair
        let p = pair.referenceShares
        let q = pair.currentShares
        try #require(p.count == 3)
        let total = Double(pair.referenceTotal + pair.currentTotal)
        let weight = total / Double(pair.referenceTotal)
        let otherWeight = total / Double(pair.currentTotal)
        let first = weight * p[0] * (1 - p[0]) + otherWeight * q[0] * (1 - q[0])
        let second = weight * p[1] * (1 - p[1]) + otherWeight * q[1] * (1 - q[1])
        let cross = -weight * p[0] * p[1] - otherWeight * q[0] * q[1]
        let (x, y) = (p[0] - q[0], p[1] - q[1])
        let form = total * (second * x * x - 2 * cross * x * y + first * y * y) / (first * second - cross * cross)
        let result = try EppsSingleton.test(reference, current)
        #expect(near(result.statistic, form, relative: 1e-9))
        // The tail of chi-square with 2 degrees of freedom is exp(−W/2).
        #expect(near(result.pValue, exp(-form / 2), relative: 1e-9))
    }

    /// Holds a test's answer against `scipy.<key>`; where SciPy raised or said NaN, ours must throw.
    private func compare(
        _ fixture: DriftFixture,
        _ key: String,
        relative: Double = 1e-9,
        pValueRelative: Double = 1e-7,
        pValueAbsolute: Double = 1e-12,
        _ test: () throws(StatisticsError) -> TestResult
    ) throws {
        let truth = try #require(fixture.truth["scipy", key])
        guard let statistic = truth["statistic"]?.double else {
            #expect(throws: StatisticsError.noVariation) { try test() }
            return
        }
        let result = try test()
        #expect(near(result.statistic, statistic, relative: relative), "\(key): \(result.statistic)")
        let expected = truth["pvalue"]?.double
        #expect(near(result.pValue, expected, relative: pValueRelative, absolute: pValueAbsolute), "\(key)")
    }
}
