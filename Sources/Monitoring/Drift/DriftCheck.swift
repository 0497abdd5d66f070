import Kernel
import Statistics

/// The comparison of a window with a reference: no I/O, no clock.
///
/// A verdict needs effect and evidence. The effect is the statistic against its thresholds, so that a large window
/// does not make a trifle grave. The evidence is a p-value below 0.05 divided by the number of columns (Bonferroni), so
/// that a small window's noise raises at most one report in twenty, however many columns there are.
struct DriftCheck {
    /// Below so many values on a side, a column is not compared.
    static let countMin = 30
    private static let significance = 0.05

    private let methods: [DriftMethod]
    private let pValueBound: Double

    init(methods: [DriftMethod], columnCount: Int) {
        self.methods = methods
        pValueBound = Self.significance / Double(max(1, columnCount))
    }

    /// Compares every column of `reference`, in its order.
    static func columns(
        _ reference: ReferenceProfile,
        _ rows: [String],
        methods: [DriftMethod]
    ) throws(StatisticsError) -> [DriftColumn] {
        let current = CurrentColumns(reference.columns.map(\.name), from: rows)
        let check = DriftCheck(methods: methods, columnCount: reference.columns.count)
        var columns: [DriftColumn] = []
        for column in reference.columns {
            switch column.content {
            case .numeric(let numeric):
                let sample = SortedSample(current.numbers(column.name))
                columns.append(try check.numeric(column.name, numeric, sample))
            case .categorical(let categorical):
                let counts = CategoryCounts(current.texts(column.name))
                columns.append(try check.categorical(column.name, categorical, counts))
            }
        }
        return columns
    }

    private func numeric(
        _ name: String,
        _ reference: NumericReference,
        _ current: SortedSample
    ) throws(StatisticsError) -> DriftColumn {
        let profile = NumericProfile(current)
        let pair = current.isEmpty ? nil : try reference.binned(current)
        let summary = ColumnSummary(reference.profile)
        let currentSummary = ColumnSummary(profile)
        var statistics: [DriftStatistic] = []
        if let pair, min(pair.referenceTotal, pair.currentTotal) >= Self.countMin {
            for method in methods {
                if method == .kolmogorovSmirnov {
                    // The stored sample and a thinned window: exact, and bounded whatever the window's size.
                    let window = current.thinned(to: KolmogorovSmirnov.exactCountMax)
                    let result = try KolmogorovSmirnov.test(reference.sample, window)
                    statistics.append(statistic(method, result.statistic, result.pValue))
                } else {
                    statistics.append(try binned(method, pair))
                }
            }
        }
        return DriftColumn(
            name: name,
            kind: .numeric,
            statistics: statistics + missing(summary, currentSummary),
            reference: summary,
            current: currentSummary,
            bins: pair.map { DriftBins(.edges(reference.edges.values), $0) }
        )
    }

    private func categorical(
        _ name: String,
        _ reference: CategoricalReference,
        _ current: CategoryCounts<String>
    ) throws(StatisticsError) -> DriftColumn {
        let binned = current.total == 0 ? nil : try reference.binned(current)
        let summary = ColumnSummary(reference)
        let currentSummary = ColumnSummary(current)
        var statistics: [DriftStatistic] = []
        if let pair = binned?.pair, min(pair.referenceTotal, pair.currentTotal) >= Self.countMin {
            // Categories have no order, so Kolmogorov-Smirnov does not apply: the stability index takes its place.
            var named: [DriftMethod] = []
            for method in methods.map({ $0 == .kolmogorovSmirnov ? .populationStability : $0 })
            where !named.contains(method) { named.append(method) }
            for method in named { statistics.append(try self.binned(method, pair)) }
        }
        return DriftColumn(
            name: name,
            kind: .categorical,
            statistics: statistics + missing(summary, currentSummary),
            reference: summary,
            current: currentSummary,
            bins: binned.map { DriftBins(.labels($0.categories.map { $0 ?? DriftBins.otherLabel }), $0.pair) }
        )
    }

    private func binned(_ method: DriftMethod, _ pair: BinnedPair) throws(StatisticsError) -> DriftStatistic {
        let value =
            method == .jensenShannon
            ? pair.jensenShannonDistance() : try pair.populationStabilityIndex(fill: .tenThousandth)
        return statistic(method, value, ChiSquare.homogeneity(pair).pValue)
    }

    private func statistic(_ method: DriftMethod, _ value: Double, _ pValue: Double) -> DriftStatistic {
        let verdict = pValue < pValueBound ? method.thresholds.verdict(on: value) : .none
        return DriftStatistic(method: method, value: value, pValue: pValue, verdict: verdict)
    }

    /// By how much the share of missing values grew; nothing when neither side misses any.
    private func missing(_ reference: ColumnSummary, _ current: ColumnSummary) -> [DriftStatistic] {
        guard reference.missing + current.missing > 0 else { return [] }
        let growth = max(0, current.missingShare - reference.missingShare)
        let method = DriftMethod.missingShare
        return [
            DriftStatistic(method: method, value: growth, pValue: nil, verdict: method.thresholds.verdict(on: growth))
        ]
    }
}

extension ColumnSummary {
    fileprivate init(_ profile: NumericProfile) {
        self.init(
            count: profile.count,
            missing: profile.missing,
            mean: profile.mean,
            standardDeviation: profile.standardDeviation
        )
    }

    fileprivate init(_ reference: CategoricalReference) {
        self.init(count: reference.count, missing: reference.missing, mean: nil, standardDeviation: nil)
    }

    fileprivate init(_ counts: CategoryCounts<String>) {
        self.init(count: counts.total, missing: counts.missing, mean: nil, standardDeviation: nil)
    }
}

extension DriftBins {
    fileprivate init(_ bounds: Bounds, _ pair: BinnedPair) {
        self.init(bounds: bounds, reference: pair.referenceShares, current: pair.currentShares)
    }
}
