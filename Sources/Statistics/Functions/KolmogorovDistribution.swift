import Glibc

/// The distribution of Kolmogorov's one-sample statistic D for n values, the largest distance of an empirical
/// distribution function from the true one.
///
/// Simard and L'Ecuyer (2011) say which algorithm is accurate where; SciPy's `kstwo` chooses nearly the same way.
enum KolmogorovDistribution {
    /// P(D ≥ `statistic`) for a sample of `size` ≥ 1 values. About 13 digits up to 140 values, at least 5 above.
    static func survival(_ statistic: Double, size: Int) -> Double {
        let n = Double(size)
        let scaled = n * statistic
        if statistic >= 1 { return 0 }
        if scaled <= 0.5 { return 1 }
        if scaled <= 1 { return 1 - exp(logFactorialShare(size) + n * log(2 * scaled - 1)) }
        let square = scaled * statistic
        if square >= 370 { return 0 }
        if statistic >= 0.5 || square >= (size <= 140 ? 4 : 2.2) { return 2 * smirnov(statistic, size: size) }
        if size <= 140 || (size <= 100_000 && scaled * statistic.squareRoot() <= 1.4) {
            return 1 - durbin(statistic, size: size)
        }
        return 1 - pelzGood(statistic, size: n)
    }

    /// ln(n! / nⁿ).
    private static func logFactorialShare(_ size: Int) -> Double {
        guard size > 100 else { return (1...size).reduce(0) { $0 + log(Double($1) / Double(size)) } }
        let n = Double(size)
        let inverse = 1 / n
        let square = inverse * inverse
        // Stirling's series with n·ln n already taken out.
        return log(2 * .pi * n) / 2 - n + inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260)))
    }

    /// P(D⁺ ≥ x), the one-sided tail, by Smirnov's sum x·Σ C(n, j)·(x + j/n)^(j−1)·(1 − x − j/n)^(n−j), in logarithms.
    /// Above 200,000 values by its expansion exp(−(6nx + 1)² / (18n)) (Maag and Dicaire 1971), whose error is O(1/n).
    static func smirnov(_ x: Double, size: Int) -> Double {
        let n = Double(size)
        guard size <= 200_000 else {
            let root = 6 * n * x + 1
            return exp(-root * root / (18 * n))
        }
        var sum = CompensatedSum()
        var logChoose = 0.0
        for j in 0...size {
            let step = Double(j)
            let from = x + step / n
            let rest = 1 - from
            guard rest >= 0 else { break }
            // 0⁰ = 1 where the last step lands on 1 exactly.
            let tail = size == j ? 0 : (rest > 0 ? (n - step) * log(rest) : -.infinity)
            sum.add(exp(logChoose + (step - 1) * log(from) + tail))
            if j < size { logChoose += log((n - step) / (step + 1)) }
        }
        return x * sum.value
    }

    /// P(D < x) by Durbin's matrix (Marsaglia, Tsang and Wang 2003): an entry of the n-th power of an m × m matrix,
    /// m = 2·⌈nx⌉ − 1, times n!/nⁿ. Exact but for rounding; cost m³·log n.
    private static func durbin(_ x: Double, size: Int) -> Double {
        let scaled = Double(size) * x
        let k = Int(scaled.rounded(.up))
        let h = Double(k) - scaled
        var power = ScaledMatrix(identity: 2 * k - 1)
        var base = ScaledMatrix(durbin: 2 * k - 1, h: h)
        var exponent = size
        while exponent > 0 {
            if exponent & 1 == 1 { power = power * base }
            exponent >>= 1
            if exponent > 0 { base = base * base }
        }
        let entry = power[k - 1, k - 1]
        guard entry > 0 else { return 0 }
        return exp(log(entry) + Double(power.binaryExponent) * M_LN2 + logFactorialShare(size))
    }
}
