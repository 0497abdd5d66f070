/// What a test of "both samples come from the same distribution" gives.
package struct TestResult: Sendable, Equatable {
    /// The test's statistic; its range is the test's.
    package let statistic: Double
    /// The probability of a statistic at least as extreme when the hypothesis holds, in [0, 1].
    package let pValue: Double

    init(statistic: Double, pValue: Double) {
        self.statistic = statistic
        self.pValue = min(1, max(0, pValue))
    }
}

/// Which null distribution a p-value comes from.
package enum PValueMethod: Sendable, Equatable {
    /// Exact for small samples, else asymptotic; each test says where it changes.
    case automatic
    /// The exact distribution.
    case exact
    /// The limit for large samples.
    case asymptotic
}
