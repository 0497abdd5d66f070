import Glibc

/// Tail probabilities of the distributions that tests refer to. All answers are in [0, 1].
enum Tail {
    /// P(Z ≥ z) for a standard normal Z.
    static func normal(_ z: Double) -> Double {
        erfc(z / 2.0.squareRoot()) / 2
    }

    /// P(X ≥ x) for chi-square with `degreesOfFreedom` > 0; x may be +∞.
    static func chiSquare(_ x: Double, degreesOfFreedom: Double) -> Double {
        guard x > 0 else { return 1 }
        return x.isFinite ? upperGamma(degreesOfFreedom / 2, x / 2) : 0
    }

    /// P(|T| ≥ |t|) for Student's t with `degreesOfFreedom` > 0.
    static func studentTwoSided(_ t: Double, degreesOfFreedom: Double) -> Double {
        let square = t * t
        guard square.isFinite else { return 0 }
        return incompleteBeta(degreesOfFreedom / (degreesOfFreedom + square), degreesOfFreedom / 2, 0.5)
    }

    /// P(F ≥ f) for Fisher's F with the two degrees of freedom.
    static func fisher(_ f: Double, _ numerator: Double, _ denominator: Double) -> Double {
        guard f > 0 else { return 1 }
        return incompleteBeta(denominator / (denominator + numerator * f), denominator / 2, numerator / 2)
    }
}

/// ln Γ(x) for x > 0.
func logGamma(_ x: Double) -> Double {
    var sign: Int32 = 0
    return lgamma_r(x, &sign)
}

/// The regularised upper incomplete gamma function Q(a, x) = Γ(a, x) / Γ(a), a > 0, x ≥ 0.
///
/// One minus the power series below a + 1, the continued fraction above (DLMF 8.7.1 and 8.9.2). About 13 digits for
/// a up to 10⁴, fewer beyond.
func upperGamma(_ a: Double, _ x: Double) -> Double {
    guard x > 0 else { return 1 }
    let scale = exp(a * log(x) - x - logGamma(a))
    let stepsMax = 200 + Int(20 * (a + x).squareRoot())
    if x < a + 1 {
        var term = 1 / a
        var sum = term
        for step in 1...stepsMax {
            term *= x / (a + Double(step))
            sum += term
            if term < sum * 1e-17 { break }
        }
        return max(0, 1 - scale * sum)
    }
    let fraction = continuedFraction(stepsMax: stepsMax, first: x + 1 - a) { step in
        let k = Double(step)
        return (-k * (k - a), x + 2 * k + 1 - a)
    }
    return min(1, scale / fraction)
}

/// The regularised incomplete beta function Iₓ(a, b), a and b > 0, x in [0, 1].
///
/// The continued fraction DLMF 8.17.22 on the side of the mean where it converges in O(√max(a, b)) steps.
func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    guard x <= (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(1 - x, b, a) }
    let scale = exp(a * log(x) + b * log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a
    let stepsMax = 200 + Int(20 * max(a, b).squareRoot())
    let fraction = continuedFraction(stepsMax: stepsMax, first: 1) { step in
        let m = Double(step / 2)
        let numerator =
            step % 2 == 0
            ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        return (numerator, 1)
    }
    return min(1, scale / fraction)
}

/// b₀ + a₁ / (b₁ + a₂ / (b₂ + …)) by Lentz's method as modified by Thompson and Barnett; `term` gives (aₖ, bₖ).
private func continuedFraction(
    stepsMax: Int,
    first: Double,
    _ term: (Int) -> (numerator: Double, denominator: Double)
) -> Double {
    let tiny = 1e-300
    var value = first == 0 ? tiny : first
    var upper = value
    var lower = 0.0
    for step in 1...stepsMax {
        let (a, b) = term(step)
        lower = b + a * lower
        if lower == 0 { lower = tiny }
        lower = 1 / lower
        upper = b + a / upper
        if upper == 0 { upper = tiny }
        let change = upper * lower
        value *= change
        if abs(change - 1) < 1e-16 { break }
    }
    return value
}
