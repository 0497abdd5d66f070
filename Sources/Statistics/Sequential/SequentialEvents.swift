import Glibc

/// A sequential test of whether events, such as errors, fall to one side more often than that side's share.
package enum SequentialEvents {
    /// How much of the mixture's weight lies at the share itself.
    private static let concentration = 2.0

    /// The test of "an event of `current` is at most `ratio` times as frequent as one of `reference`".
    ///
    /// Each request goes to `current` with the probability `share`, whatever becomes of it. When an error is as frequent
    /// on both sides, each error is one of `current` with that same probability, however the frequency of errors itself
    /// goes up and down. The evidence is the likelihood ratio under a Beta mixture (Lindon and Malek, Anytime-valid
    /// inference for multinomial count data, NeurIPS 2022), exact for any number of events:
    ///
    /// Λ = B(a + c, b + r) / B(a, b) / (wᶜ (1 − w)ʳ), a = 2w, b = 2(1 − w), w the share under the hypothesis.
    ///
    /// Evidence counts only when events of `current` are more frequent; then it also covers all smaller ratios.
    /// - Parameters:
    ///   - reference: events of the side compared with, 0 or more.
    ///   - current: events of the side compared, 0 or more.
    ///   - share: the probability with which a request goes to `current`, in (0, 1).
    ///   - ratio: the ratio that is still allowed, more than 0.
    /// - Returns: the test; the estimate is the ratio of frequencies, infinite without events of `reference`, and NaN
    ///   without any.
    package static func test(
        reference: Int,
        current: Int,
        share: Double,
        ratio: Double = 1
    ) -> SequentialResult {
        precondition(reference >= 0 && current >= 0 && share > 0 && share < 1 && ratio > 0, "counts and a share")
        let bound = share * ratio / (share * ratio + 1 - share)
        let c = Double(current)
        let r = Double(reference)
        let estimate = (c / share) / (r / (1 - share))
        guard c * (1 - bound) > r * bound else { return SequentialResult(estimate: estimate, logEvidence: 0) }
        let a = concentration * bound
        let b = concentration * (1 - bound)
        let mixture = logBeta(a + c, b + r) - logBeta(a, b)
        return SequentialResult(
            estimate: estimate,
            logEvidence: max(0, mixture - c * log(bound) - r * log(1 - bound))
        )
    }

    private static func logBeta(_ a: Double, _ b: Double) -> Double {
        logGamma(a) + logGamma(b) - logGamma(a + b)
    }
}
