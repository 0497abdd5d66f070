import Glibc

/// What a sequential test says at one moment; it may be asked after each observation, for as long as one likes.
package struct SequentialResult: Sendable, Hashable {
    /// The estimate that the test is about: a difference of means, or a ratio of rates.
    package let estimate: Double
    /// The natural logarithm of the evidence against the hypothesis.
    ///
    /// The evidence itself has a mean of at most 1 at each moment when the hypothesis holds, so that it ever exceeds
    /// 1 / α with a probability of at most α (Ville's inequality).
    package let logEvidence: Double
    /// Where the estimated value lies at all moments together, with the probability asked for; nil for a ratio.
    package let interval: ClosedRange<Double>?

    init(estimate: Double, logEvidence: Double, interval: ClosedRange<Double>? = nil) {
        self.estimate = estimate
        self.logEvidence = logEvidence
        self.interval = interval
    }

    /// A p-value that is valid at any moment, in [0, 1].
    package var pValue: Double { min(1, exp(-logEvidence)) }

    /// Whether the hypothesis is refused at level `alpha`.
    package func refuses(at alpha: Double) -> Bool { logEvidence >= -log(alpha) }
}
