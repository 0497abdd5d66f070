import Kernel
import Testing

@testable import Statistics

@Suite("Properties that hold for any data")
struct PropertyTests {
    static let seeds: [UInt64] = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]

    @Test("distances are symmetric, zero on equal samples and within their bounds", arguments: seeds)
    func distances(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let a = generator.sample()
        let b = generator.sample()
        let edges = try BinEdges.sturges(a, b)
        let pair = try BinnedPair(a, b, on: edges)
        let swapped = try BinnedPair(b, a, on: edges)
        let equal = try BinnedPair(a, a, on: edges)
        let measures: [(String, Double, (BinnedPair) throws -> Double)] = [
            ("psi", .infinity, { try $0.populationStabilityIndex() }),
            ("psi, Evidently's fill", .infinity, { try $0.populationStabilityIndex(fill: .evidently) }),
            ("Jensen-Shannon", 0.832_554_611_157_698, { $0.jensenShannonDistance() }),
            ("Jensen-Shannon in bits", 1, { $0.jensenShannonDistance(base: .two) }),
            ("Hellinger", 1, { $0.hellingerDistance() }),
            ("total variation", 1, { $0.totalVariationDistance() }),
            ("largest share difference", 1, { $0.largestShareDifference() }),
        ]
        for (name, bound, measure) in measures {
            let value = try measure(pair)
            #expect(value >= 0 && value <= bound, "\(name), seed \(seed)")
            #expect(near(try measure(swapped), value), "\(name), seed \(seed)")
            #expect(try measure(equal) == 0, "\(name), seed \(seed)")
        }
        #expect(try pair.kullbackLeiblerDivergence() >= 0)
        #expect(try equal.kullbackLeiblerDivergence() == 0)
        #expect(try near(Wasserstein.distance(a, b), Wasserstein.distance(b, a)))
        #expect(try near(EnergyDistance.distance(a, b), EnergyDistance.distance(b, a)))
        #expect(try Wasserstein.distance(a, a) == 0 && EnergyDistance.distance(b, b) == 0)
    }

    @Test("tests do not change under exchange of the samples and give p-values", arguments: seeds)
    func tests(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let a = generator.sample()
        let b = generator.sample()
        let tests: [(String, (SortedSample, SortedSample) throws -> TestResult)] = [
            ("Kolmogorov-Smirnov", { try KolmogorovSmirnov.test($0, $1) }),
            ("Kolmogorov-Smirnov, asymptotic", { try KolmogorovSmirnov.test($0, $1, pValue: .asymptotic) }),
            ("Cramér-von Mises", { try CramerVonMises.test($0, $1) }),
            ("Anderson-Darling", { try AndersonDarling.test($0, $1) }),
            ("Epps-Singleton", { try EppsSingleton.test($0, $1) }),
            ("Mann-Whitney", { try MannWhitney.test($0, $1) }),
            ("t", { try StudentT.test($0, $1) }),
            ("Welch", { try StudentT.test($0, $1, variances: .welch) }),
            ("Levene", { try Levene.test($0, $1) }),
        ]
        for (name, test) in tests {
            let forth = try test(a, b).pValue
            let back = try test(b, a).pValue
            #expect(forth >= 0 && forth <= 1, "\(name), seed \(seed)")
            #expect(near(forth, back, relative: 1e-8, absolute: 1e-14), "\(name), seed \(seed)")
        }
        let twice = try KolmogorovSmirnov.test(a, a)
        #expect(twice == TestResult(statistic: 0, pValue: 1))
    }

    @Test("nothing depends on the order of the values, and the radix sort sorts", arguments: seeds)
    func order(_ seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var values = (0..<5_000).map { _ in generator.normal() * 1e3 }
        values += [0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 7, 7]
        let sample = SortedSample(values)
        #expect(sample.values == values.filter(\.isFinite).sorted(), "seed \(seed)")
        #expect(sample.missing == 3 && sample.count == 5_006)
        values.shuffle(using: &generator)
        #expect(SortedSample(values) == sample, "seed \(seed)")
        #expect(SortedSample(values.map { $0.isFinite ? Optional($0) : nil }) == sample)
        #expect(values.withUnsafeBufferPointer { SortedSample($0) } == sample)
    }

    @Test("counting sorted and unsorted values agrees, and thinning keeps ends and quantiles", arguments: seeds)
    func counting(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let values = (0..<3_000).map { _ in generator.normal() }
        let sample = SortedSample(values)
        for edges in [try BinEdges.monitoring(sample), try BinEdges(from: -1, to: 2, bins: 7)] {
            #expect(edges.counts(of: sample) == edges.counts(of: values.span), "seed \(seed)")
        }
        #expect(try BinEdges.monitoring(sample).counts(of: sample).allSatisfy { $0 == 300 })
        let thin = sample.thinned(to: 100)
        #expect(thin.count == 100 && thin.values.first == sample.values.first)
        #expect(thin.values.last == sample.values.last)
        let gap = try KolmogorovSmirnov.test(thin, sample).statistic
        #expect(gap <= 0.015, "seed \(seed): \(gap)")
        #expect(try SortedSample(sorted: thin.values, missing: 0) == thin)
    }

    @Test("exact p-values equal the enumeration of all orders", arguments: [(3, 5), (4, 4), (6, 3), (5, 4)])
    func enumeration(_ n: Int, _ m: Int) throws {
        // Every choice of n of the ranks 1 … n + m as the reference.
        let splits = (0..<(1 << (n + m))).filter { $0.nonzeroBitCount == n }.map { bits in
            let ranks = (0..<(n + m)).map { (rank: Double($0), isReference: bits >> $0 & 1 == 1) }
            return (
                SortedSample(ranks.filter(\.isReference).map(\.rank)),
                SortedSample(ranks.filter { !$0.isReference }.map(\.rank))
            )
        }
        let all = Double(splits.count)
        func check(_ name: String, _ test: (SortedSample, SortedSample) throws -> TestResult) throws {
            let results = try splits.map { try test($0.0, $0.1) }
            for result in results {
                let extreme = results.count { $0.statistic >= result.statistic - 1e-12 }
                #expect(near(result.pValue, Double(extreme) / all), "\(name) \(result)")
            }
        }
        try check("Kolmogorov-Smirnov") { try KolmogorovSmirnov.test($0, $1) }
        try check("Cramér-von Mises") { try CramerVonMises.test($0, $1) }
        try check("Mann-Whitney") { try MannWhitney.test($0, $1, alternative: .referenceLarger) }
    }

    @Test("degenerate data throws or answers, never NaN")
    func degenerate() throws {
        let empty = SortedSample([Double.nan, .infinity])
        let constant = SortedSample([2, 2, 2, 2, 2])
        let other = SortedSample([3, 3, 3, 3, 3])
        let huge = SortedSample([-Double.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude])
        for method in EvidentlyMethod.allCases {
            #expect(throws: StatisticsError.emptySample) { try method.score(empty, constant) }
            #expect(throws: StatisticsError.emptySample) { try method.score(constant, empty) }
            for (a, b) in [(constant, constant), (constant, other), (huge, huge), (constant, huge), (huge, other)] {
                // Either a number or a typed error.
                let score = try? method.score(a, b)
                #expect(score?.isNaN != true && score?.isInfinite != true, "\(method)")
            }
        }
        let profile = NumericProfile(huge)
        #expect(profile.mean == 0 && profile.median == 0)
        #expect(profile.standardDeviation?.isFinite == true)
        let none = NumericProfile(empty)
        #expect(none.count == 0 && none.missing == 2 && none.mean == nil && none.median == nil)
        #expect(throws: StatisticsError.emptySample) { try NumericReference(empty) }
    }

    @Test("a constant or a flag is watched by three bins around its median")
    func aroundMedian() throws {
        let flag = try NumericReference(SortedSample([0, 0, 0, 1].flatMap { Array(repeating: $0, count: 25) }))
        let drifted = SortedSample([Double](repeating: 1, count: 50))
        #expect(flag.counts == [0, 75, 25])
        #expect(try flag.binned(drifted).current == [0, 0, 50])
        let constant = try NumericReference(SortedSample([5, 5, 5]))
        #expect(try constant.binned(SortedSample([5, 4, 6, 6])).current == [1, 1, 2])
    }

    @Test("a categorical reference bounds its categories and keeps the rest as one")
    func categories() throws {
        let reference = CategoryCounts(["b", "a", "a", nil, "c", "b", "a", "d"])
        let kept = try CategoricalReference(reference, categoryLimit: 2)
        #expect(kept.categories == ["a", "b"] && kept.counts == [3, 2] && kept.otherCount == 2 && kept.missing == 1)
        let (names, pair) = try kept.binned(CategoryCounts(["a", "new", "c"]))
        #expect(names == ["a", "b", nil] && pair.reference == [3, 2, 2] && pair.current == [1, 0, 2])
        let whole = try CategoricalReference(reference)
        #expect(try whole.binned(CategoryCounts(["a"])).categories == ["a", "b", "c", "d"])
        #expect(throws: StatisticsError.emptySample) { try whole.binned(CategoryCounts([String?.none])) }
    }
}

extension SplitMix64 {
    /// Roughly normal: the sum of twelve uniform values, less six.
    mutating func normal() -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
    }

    /// 20 to 400 values, shifted and scaled, half of the time rounded so that there are ties.
    mutating func sample() -> SortedSample {
        let count = Int.random(in: 20...400, using: &self)
        let shift = normal() / 4
        let rounds = Bool.random(using: &self)
        return SortedSample(
            (0..<count).map { _ in
                let value = normal() + shift
                return rounds ? (value * 4).rounded() / 4 : value
            }
        )
    }
}
