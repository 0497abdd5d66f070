import Glibc

/// Central moments of a sample, computed in two passes on values scaled by their largest magnitude, so that neither
/// squares overflow nor a mean far from zero costs digits.
struct Moments {
    let count: Double
    let mean: Double
    /// Sum of squared deviations from the mean, in units of `scale`².
    private let secondSum: Double
    private let thirdSum: Double
    private let fourthSum: Double
    private let scale: Double
    private let isConstant: Bool

    /// Nil when the sample is empty.
    init?(_ sample: SortedSample) {
        guard let low = sample.values.first, let high = sample.values.last else { return nil }
        let largest = max(abs(low), abs(high))
        // A power of two: scaling loses no bits.
        let scale = largest > 0 ? Double(sign: .plus, exponent: largest.exponent, significand: 1) : 1
        let count = Double(sample.count)
        var sum = CompensatedSum()
        for value in sample.values { sum.add(value / scale) }
        let center = low == high ? low / scale : sum.value / count
        var first = 0.0
        var second = 0.0
        var third = 0.0
        var fourth = 0.0
        for value in sample.values {
            let deviation = value / scale - center
            let square = deviation * deviation
            first += deviation
            second += square
            third += square * deviation
            fourth += square * square
        }
        self.count = count
        self.scale = scale
        isConstant = low == high
        mean = center * scale
        // The first sum is zero but for rounding; what it holds is taken out of the second.
        secondSum = max(0, second - first * first / count)
        thirdSum = third
        fourthSum = fourth
    }

    /// Population variance in units of the values squared; may overflow to infinity.
    var variance: Double { secondSum / count * scale * scale }
    /// Sample variance; nil below two values.
    var sampleVariance: Double? { count >= 2 ? secondSum / (count - 1) * scale * scale : nil }
    var standardDeviation: Double? { finiteOrNil((secondSum / count).squareRoot() * scale) }
    var sampleStandardDeviation: Double? {
        count >= 2 ? finiteOrNil((secondSum / (count - 1)).squareRoot() * scale) : nil
    }
    var skewness: Double? {
        let second = secondSum / count
        return varies ? finiteOrNil(thirdSum / count / (second * second.squareRoot())) : nil
    }
    var excessKurtosis: Double? {
        let second = secondSum / count
        return varies ? finiteOrNil(fourthSum / count / (second * second) - 3) : nil
    }

    /// Whether the spread is more than rounding of the mean, SciPy's rule for a skewness that means something.
    private var varies: Bool {
        let rounding = Double.ulpOfOne * abs(mean / scale)
        return !isConstant && secondSum / count > rounding * rounding
    }

    private func finiteOrNil(_ value: Double) -> Double? {
        value.isFinite ? value : nil
    }
}

/// A running sum that carries the rounding error of each addition (Neumaier's variant of Kahan's summation).
struct CompensatedSum {
    private var total = 0.0
    private var carry = 0.0

    /// The sum so far, rounded once.
    var value: Double { total + carry }

    mutating func add(_ term: Double) {
        let next = total + term
        carry += abs(total) >= abs(term) ? (total - next) + term : (term - next) + total
        total = next
    }
}
