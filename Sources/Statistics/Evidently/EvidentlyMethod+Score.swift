extension EvidentlyMethod {
    /// The score of a numeric column.
    /// - Throws: ``StatisticsError`` as the method's estimator says.
    package func score(_ reference: SortedSample, _ current: SortedSample) throws(StatisticsError) -> Double {
        guard !reference.isEmpty, !current.isEmpty else { throw .emptySample }
        switch self {
        case .psi, .kullbackLeibler, .jensenShannon:
            return try score(categorical: NumericBinning(evidently: reference, current).pair)
        case .chiSquare, .z, .gTest, .fisherExact:
            return try score(categorical: NumericBinning(distinct: reference, current).pair)
        case .hellinger: return try Self.hellinger(reference, current)
        case .wasserstein: return try Wasserstein.normalised(reference, current)
        case .energy: return try EnergyDistance.distance(reference, current)
        case .kolmogorovSmirnov: return try KolmogorovSmirnov.test(reference, current).pValue
        case .cramerVonMises: return try CramerVonMises.test(reference, current).pValue
        case .anderson: return try AndersonDarling.test(reference, current).pValue
        case .eppsSingleton: return try EppsSingleton.test(reference, current).pValue
        case .mannWhitney: return try MannWhitney.test(reference, current, alternative: .referenceSmaller).pValue
        case .tTest: return try StudentT.test(reference, current).pValue
        }
    }

    /// The score of a categorical column, counted on the union of both sides' categories in ascending order.
    /// - Throws: ``StatisticsError/invalidArgument(_:)`` for a method of numeric columns; else as the estimator says.
    package func score(categorical pair: BinnedPair) throws(StatisticsError) -> Double {
        switch self {
        case .psi: return try pair.populationStabilityIndex(fill: .evidently)
        case .kullbackLeibler: return try pair.kullbackLeiblerDivergence(fill: .evidently)
        case .jensenShannon: return pair.jensenShannonDistance()
        case .hellinger: return pair.hellingerDistance()
        case .chiSquare: return try ChiSquare.goodnessOfFit(pair).pValue
        case .gTest: return try ChiSquare.likelihoodRatioOfFit(pair).pValue
        case .z: return try Self.smallestAgainstRest(pair)
        case .fisherExact: return try Self.fisherExact(pair)
        default: throw .invalidArgument("\(rawValue) is a method for numeric columns")
        }
    }

    /// Sturges bins over the distinct values of both sides, whatever their number.
    private static func hellinger(
        _ reference: SortedSample,
        _ current: SortedSample
    ) throws(StatisticsError) -> Double {
        var distinct: [Double] = []
        forEachPooled(reference, current) { distinct.append($0.value) }
        let last = distinct.count - 1
        let edges = try BinEdges.sturges(from: distinct[0], to: distinct[last], valueCount: distinct.count)
        return try BinnedPair(reference, current, on: edges).hellingerDistance()
    }

    /// One category on both sides is no drift: p-value 1.
    private static func smallestAgainstRest(_ pair: BinnedPair) throws(StatisticsError) -> Double {
        do {
            return try Proportions.zTest(
                reference: (pair.referenceTotal - pair.reference[0], pair.referenceTotal),
                current: (pair.currentTotal - pair.current[0], pair.currentTotal)
            ).pValue
        } catch {
            guard error == .noVariation else { throw error }
            return 1
        }
    }

    private static func fisherExact(_ pair: BinnedPair) throws(StatisticsError) -> Double {
        guard pair.reference.count <= 2 else { throw .tooManyBins(most: 2, found: pair.reference.count) }
        guard pair.referenceTotal == pair.currentTotal else {
            throw .unequalSizes(reference: pair.referenceTotal, current: pair.currentTotal)
        }
        return try Proportions.fisherExact(
            reference: (pair.reference[0], pair.referenceTotal),
            current: (pair.current[0], pair.currentTotal)
        ).pValue
    }
}
