import Statistics
import Testing

@Suite("Bins and binned distances equal Evidently's and SciPy's")
struct BinnedTruthTests {
    @Test("no scenario is lost")
    func complete() {
        #expect(DriftFixture.scenarios.count == 31)
        #expect(DriftFixture.numericScenarios.count >= 16)
        #expect(DriftFixture.categoricalScenarios.allSatisfy { !$0.reference.isEmpty && !$0.current.isEmpty })
    }

    @Test("distances of the stored counts", arguments: DriftFixture.scenarios)
    func distancesOfCounts(_ fixture: DriftFixture) throws {
        let truth = fixture.truth
        let pair = try BinnedPair(
            reference: #require(truth.counts("bins", "reference_counts")),
            current: #require(truth.counts("bins", "current_counts"))
        )
        func expected(_ key: String) -> Double? { truth["from_bins", key]?.double }
        func evidently(_ key: String) -> Double? { truth["evidently", key, "score"]?.double }
        #expect(near(pair.jensenShannonDistance(), expected("js_distance_natural_log"), absolute: 1e-8))
        #expect(near(pair.jensenShannonDistance(base: .two), expected("js_distance_base2"), absolute: 1e-8))
        #expect(near(pair.jensenShannonDivergence(base: .two), expected("js_divergence_base2")))
        #expect(near(pair.totalVariationDistance(), expected("tvd")))
        #expect(near(pair.hellingerDistance(), expected("hellinger_on_these_bins"), absolute: 1e-7))
        #expect(try near(pair.populationStabilityIndex(), expected("psi_fill_1e-4")))
        #expect(near(pair.largestShareDifference(), expected("linf")))
        #expect(try near(pair.kullbackLeiblerDivergence(), expected("kl_ref_to_cur_filled")))
        #expect(try near(pair.populationStabilityIndex(fill: .evidently), evidently("psi")))
        #expect(try near(pair.kullbackLeiblerDivergence(), evidently("kl_div")))
        #expect(near(pair.jensenShannonDistance(), evidently("jensenshannon"), absolute: 1e-8))
    }

    @Test("filled shares", arguments: DriftFixture.scenarios)
    func filledShares(_ fixture: DriftFixture) throws {
        let truth = fixture.truth
        let pair = try BinnedPair(
            reference: #require(truth.counts("bins", "reference_counts")),
            current: #require(truth.counts("bins", "current_counts"))
        )
        let sides = [("reference", pair.referenceShares), ("current", pair.currentShares)]
        for (side, shares) in sides {
            let filled = try ZeroFill.evidently.filled(shares)
            if let expected = truth["bins", side + "_filled"]?.doubles {
                #expect(zip(filled, expected).allSatisfy { near($0, $1) })
            } else if let fill = truth["bins", "fill_" + side]?.double {
                #expect(zip(shares, filled).allSatisfy { $0 > 0 || near($1, fill) })
            } else {
                #expect(filled == shares)
            }
        }
    }

    @Test("Evidently's numeric bins", arguments: DriftFixture.numericScenarios)
    func evidentlyBins(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        let binning = try NumericBinning(evidently: reference, current)
        #expect(binning.pair.reference == fixture.truth.counts("bins", "reference_counts"))
        #expect(binning.pair.current == fixture.truth.counts("bins", "current_counts"))
        switch binning.bins {
        case .edges(let edges):
            let expected = try #require(fixture.truth["bins", "edges"]?.doubles)
            #expect(edges.values == expected)
        case .values(let values):
            #expect(values == fixture.truth["bins", "keys"]?.doubles)
        }
    }

    @Test("categories, counted and paired", arguments: DriftFixture.categoricalScenarios)
    func categories(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.categorical
        #expect(reference.total == fixture.truth["used_reference"]?.double.map { Int($0) })
        #expect(current.total == fixture.truth["used_current"]?.double.map { Int($0) })
        let paired = try reference.paired(withCurrent: current)
        #expect(.list(paired.categories.map { .text($0) }) == fixture.truth["bins", "keys"])
        #expect(paired.pair.reference == fixture.truth.counts("bins", "reference_counts"))
        #expect(paired.pair.current == fixture.truth.counts("bins", "current_counts"))
    }

    @Test("reference deciles", arguments: DriftFixture.numericScenarios)
    func referenceDeciles(_ fixture: DriftFixture) throws {
        let (reference, current) = fixture.numeric
        let truth = try #require(fixture.truth["scipy", "psi_reference_deciles"])
        guard truth["error"] == nil else {
            #expect(throws: StatisticsError.tooFewBins) { try BinEdges.referenceQuantiles(of: reference) }
            #expect(try NumericReference(reference).edges == BinEdges.around(reference))
            return
        }
        let edges = try BinEdges.referenceQuantiles(of: reference)
        let pair = try BinnedPair(reference, current, on: edges)
        let expected = try #require(truth["inner_edges"]?.doubles)
        #expect(edges.values.dropFirst().dropLast().count == expected.count)
        #expect(zip(edges.values.dropFirst(), expected).allSatisfy { near($0, $1) })
        #expect(edges.values.first == -.infinity && edges.values.last == .infinity)
        #expect(.list(pair.reference.map { .number(Double($0)) }) == truth["reference_counts"])
        #expect(.list(pair.current.map { .number(Double($0)) }) == truth["current_counts"])
        #expect(try near(pair.populationStabilityIndex(), truth["psi_fill_1e-4"]?.double))
        let kept = try NumericReference(reference)
        #expect(try kept.binned(current) == pair)
        let unsorted = fixture.current.map { $0.flatMap(Double.init) ?? .nan }
        let counts = edges.counts(of: unsorted.span)
        #expect(counts == pair.current)
    }
}
