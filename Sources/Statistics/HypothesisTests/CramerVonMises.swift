import Glibc

/// The two-sample Cramér-von Mises test, as `scipy.stats.cramervonmises_2samp`.
package enum CramerVonMises {
    /// The largest sample size for which ``PValueMethod/automatic`` is exact (SciPy's limit).
    package static let exactCountMax = 20

    /// Anderson's T: the mean squared distance of the two empirical distribution functions over the pooled values,
    /// times nm / (n + m), from mid-ranks where values tie.
    /// The automatic p-value is exact up to ``exactCountMax`` values in the larger sample, else from the limit
    /// with the mean and variance for these sizes.
    /// - Returns: statistic ≥ 0 for values without ties. With ties it is biased upwards: two equal samples give more
    ///   than 0, as in SciPy.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/tooFewValues(needed:found:)`` below two values;
    ///   ``StatisticsError/noVariation`` when all pooled values are equal (SciPy's mid-ranks reject equality there);
    ///   ``StatisticsError/invalidArgument(_:)`` when exact is asked for above ``exactCountMax``.
    package static func test(
        _ reference: SortedSample,
        _ current: SortedSample,
        pValue method: PValueMethod = .automatic
    ) throws(StatisticsError) -> TestResult {
        guard let low = reference.values.first, let high = current.values.last else { throw .emptySample }
        guard reference.count >= 2, current.count >= 2 else {
            throw .tooFewValues(needed: 2, found: min(reference.count, current.count))
        }
        guard low < high || current.values[0] < reference.values[reference.count - 1] else { throw .noVariation }
        let u = rankSum(reference, current)
        let n = Double(reference.count)
        let m = Double(current.count)
        let statistic = u / (n * m * (n + m)) - (4 * n * m - 1) / (6 * (n + m))
        let fits = max(reference.count, current.count) <= exactCountMax
        guard fits || method != .exact else {
            throw .invalidArgument("an exact Cramér-von Mises p-value takes at most 20 values in a sample")
        }
        let usesExact = fits && method != .asymptotic
        let tail = usesExact ? exactTail(u, reference.count, current.count) : limitTail(statistic, n, m)
        return TestResult(statistic: statistic, pValue: tail)
    }

    /// n·Σ(rank of i-th reference − i)² + m·Σ(rank of j-th current − j)², ranks among the pooled values.
    private static func rankSum(_ reference: SortedSample, _ current: SortedSample) -> Double {
        var referenceSeen = 0.0
        var currentSeen = 0.0
        var referenceSum = 0.0
        var currentSum = 0.0
        forEachPooled(reference, current) { pooled in
            let rank = referenceSeen + currentSeen + Double(pooled.count + 1) / 2
            for _ in 0..<pooled.reference {
                referenceSeen += 1
                referenceSum += (rank - referenceSeen) * (rank - referenceSeen)
            }
            // The rank was fixed before either side moved on.
            for _ in 0..<pooled.current {
                currentSeen += 1
                currentSum += (rank - currentSeen) * (rank - currentSeen)
            }
        }
        return Double(reference.count) * referenceSum + Double(current.count) * currentSum
    }

    /// P(T ≥ t) over all orders of n + m different values (Xiao, Gordon and Yakovlev 2006): the sums of
    /// (a·v − b·u)² along lattice paths from (0, 0) to (n, m), counted per sum.
    private static func exactTail(_ u: Double, _ n: Int, _ m: Int) -> Double {
        let common = leastCommonMultiple(n, m)
        let a = common / n
        let b = common / m
        let product = Double(n * m)
        let scale = Double(common * common) * Double(n + m) / (6 * product * product)
        let bound = (scale * (6 * u - product * (4 * product - 1)) + 1e-9).rounded(.down)
        // paths[v]: for the current column, how many paths to row v have which sum, ascending by sum.
        var paths: [[(sum: Int, count: Double)]] = Array(repeating: [], count: n + 1)
        paths[0] = [(0, 1)]
        for column in 0...m {
            var below: [(sum: Int, count: Double)] = []
            for row in 0...n {
                let step = a * row - b * column
                below = merged(below, paths[row]).map { ($0.sum + step * step, $0.count) }
                paths[row] = below
            }
        }
        let all = paths[n].reduce(0.0) { $0 + $1.count }
        return paths[n].reduce(0.0) { Double($1.sum) >= bound ? $0 + $1.count : $0 } / all
    }

    /// Two ascending lists as one, counts of equal sums added.
    private static func merged(
        _ first: [(sum: Int, count: Double)],
        _ second: [(sum: Int, count: Double)]
    ) -> [(sum: Int, count: Double)] {
        var result: [(sum: Int, count: Double)] = []
        result.reserveCapacity(first.count + second.count)
        var j = 0
        for entry in first {
            while j < second.count, second[j].sum < entry.sum {
                result.append(second[j])
                j += 1
            }
            if j < second.count, second[j].sum == entry.sum {
                result.append((entry.sum, entry.count + second[j].count))
                j += 1
            } else {
                result.append(entry)
            }
        }
        result.append(contentsOf: second[j...])
        return result
    }

    private static func leastCommonMultiple(_ n: Int, _ m: Int) -> Int {
        var (a, b) = (n, m)
        while b != 0 { (a, b) = (b, a % b) }
        return n / a * m
    }

    /// P(T ≥ t) in the limit, T scaled to the limit's mean and variance (Anderson 1962).
    private static func limitTail(_ statistic: Double, _ n: Double, _ m: Double) -> Double {
        let total = n + m
        let product = n * m
        let mean = (1 + 1 / total) / 6
        let spread = (total + 1) * (4 * product * total - 3 * (n * n + m * m) - 2 * product)
        let variance = spread / (45 * total * total * 4 * product)
        let scaled = 1 / 6 + (statistic - mean) / (45 * variance).squareRoot()
        return scaled < 0.003 ? 1 : 1 - limitDistribution(scaled)
    }

    /// P(limit ≤ x) for x > 0 by Csörgő and Faraway's series (1996, eq. 1.3).
    private static func limitDistribution(_ x: Double) -> Double {
        var sum = 0.0
        for k in 0..<1_000 {
            let order = Double(k)
            let root = 4 * order + 1
            let weight = exp(logGamma(order + 0.5) - logGamma(order + 1)) / (pow(.pi, 1.5) * x.squareRoot())
            let term = weight * root.squareRoot() * scaledBessel(root * root / (16 * x))
            sum += term
            if term < 1e-16 { break }
        }
        return min(1, sum)
    }

    /// e^(−y)·K_¼(y): the integral of exp(−y·(1 + cosh t))·cosh(t/4) over t ≥ 0 by the trapezoidal rule, which
    /// converges faster than any power of its step here.
    private static func scaledBessel(_ y: Double) -> Double {
        let step = 1.0 / 64
        var sum = exp(-2 * y) / 2
        for index in 1..<2_048 {
            let t = Double(index) * step
            let term = exp(-y * (1 + cosh(t))) * cosh(t / 4)
            sum += term
            if term < sum * 1e-18 { break }
        }
        return sum * step
    }
}
