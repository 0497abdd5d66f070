import ArgumentParser
import Serving

/// What callers of predictions are held to.
struct PredictionLimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The predictions that one caller may ask for in a second; more are refused with 429. (default: any number)",
            valueName: "requests"
        )
    )
    var callerRate: Int?

    @Option(
        help: ArgumentHelp(
            "How long a prediction may take where the request's X-Request-Timeout-Ms says nothing; then it is 504."
                + " (default: as long as it takes)",
            valueName: "seconds"
        )
    )
    var predictionTimeout: Double?

    /// The limits that the options give, or else the variables of the environment.
    func limits(_ environment: [String: String]) throws -> PredictionLimits {
        var limits = PredictionLimits()
        if let text = callerRate.map({ String($0) }) ?? environment["MARTLET_CALLER_RATE"] {
            guard let rate = Int(text), (1...1_000_000).contains(rate) else {
                throw ValidationError("The rate of a caller is 1 to 1000000 requests a second, not '\(text)'.")
            }
            limits.callerRate = rate
        }
        if let text = predictionTimeout.map({ String($0) }) ?? environment["MARTLET_PREDICTION_TIMEOUT"] {
            guard let seconds = Double(text), (0.001...86_400).contains(seconds) else {
                throw ValidationError("A prediction may take 0.001 to 86400 seconds, not '\(text)'.")
            }
            limits.timeout = .seconds(seconds)
        }
        return limits
    }
}
