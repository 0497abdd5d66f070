import Analytics
import Kernel

/// How far predictions were off for rows that the model was not trained on.
///
/// Split conformal prediction: if these rows and the one that is asked are exchangeable, the truth lies within
/// ``margin(coverage:)`` of the prediction with at least the probability `coverage`, whatever the model is
/// (Papadopoulos et al., 2002; Lei et al., "Distribution-Free Predictive Inference for Regression", JASA 2018,
/// algorithm 2 and theorem 2).
struct Calibration: Sendable {
    /// What truth and prediction are apart, in ascending order.
    private let scores: [Double]

    /// The rows of `table` that have what is needed: `residual`, or `prediction` and `target`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when none has.
    init(_ table: SampleTable) throws {
        if let residuals = table.column("residual")?.numbers {
            scores = Self.scores(residuals)
        } else if let predictions = table.column("prediction")?.numbers, let targets = table.column("target")?.numbers {
            scores = Self.scores(
                zip(predictions, targets).map { prediction, target in
                    prediction.flatMap { prediction in target.map { $0 - prediction } }
                }
            )
        } else {
            scores = []
        }
        guard !scores.isEmpty else {
            throw MartletError(
                .invalidParameterValue,
                "The calibration of the version has no numbers: it needs the column \"residual\", or \"prediction\" and"
                    + " \"target\""
            )
        }
    }

    private static func scores(_ residuals: [Double?]) -> [Double] {
        residuals.compactMap { $0 }.filter(\.isFinite).map { abs($0) }.sorted()
    }

    /// The number of rows.
    var rowCount: Int { scores.count }

    /// Half the width of the interval: the ⌈(n + 1) · coverage⌉-th smallest of the n scores.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when so few rows can't hold that.
    func margin(coverage: Double) throws -> Double {
        // A product that is whole but for rounding is that number.
        let rank = Int((Double(scores.count + 1) * coverage - 1e-9).rounded(.up))
        guard rank <= scores.count else {
            let most = Double(scores.count) / Double(scores.count + 1)
            throw MartletError(
                .invalidParameterValue,
                "\"coverage\" can be at most \(most) with the \(scores.count) rows of the version's calibration, found"
                    + " \(coverage)"
            )
        }
        return scores[max(1, rank) - 1]
    }
}
