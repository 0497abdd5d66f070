import Kernel

/// What each input has done to a prediction: its Shapley value.
///
/// The values are shares of the way from `base`, what the model answers on average for rows of the background, to
/// `prediction`, and their sum is that way (Lundberg and Lee, "A Unified Approach to Interpreting Model Predictions",
/// 2017; the value of a coalition is the interventional expectation, as `shap` takes it with a masker `Independent`).
package struct Explanation: Sendable, Hashable {
    /// How the values were found.
    package enum Method: Sendable, Hashable {
        /// Out of all coalitions.
        case exact
        /// By so many orders of the inputs, drawn by `seed`, and as many in reverse.
        case permutation(pairs: Int, seed: UInt64)
    }

    /// How they were found.
    package let method: Method
    /// The output that is explained.
    package let output: String
    /// The class whose probability is explained; nil for a number, or where classes have no names.
    package let className: String?
    /// The average of the background.
    package let base: Double
    /// What the model answers for the row.
    package let prediction: Double
    /// The inputs' names.
    package let names: [String]
    /// Their values, in the unit of the prediction.
    package let values: [Double]
    /// The rows of the background.
    package let backgroundRows: Int
    /// The rows that the model was asked for it.
    package let evaluations: Int

    /// Whether the values are the whole way from the base to the prediction, but for rounding.
    var isWhole: Bool {
        let scale = max(1, abs(base), abs(prediction))
        return abs(base + values.reduce(0, +) - prediction) <= 1e-6 * scale
    }
}

extension JSONWriter {
    /// An explanation as `/predict` has it.
    mutating func explanation(_ explanation: Explanation) {
        object { writer in
            writer.name("method")
            switch explanation.method {
            case .exact: writer.value("exact")
            case .permutation(let pairs, let seed):
                writer.value("permutation")
                writer.name("permutations")
                writer.value(2 * pairs)
                writer.name("seed")
                writer.value(Int64(clamping: seed))
            }
            writer.name("output")
            writer.value(explanation.output)
            if let name = explanation.className {
                writer.name("class")
                writer.value(name)
            }
            writer.name("base_value")
            writer.value(explanation.base)
            writer.name("prediction")
            writer.value(explanation.prediction)
            writer.name("values")
            writer.object { writer in
                for (name, value) in zip(explanation.names, explanation.values) {
                    writer.name(data: name)
                    writer.value(value)
                }
            }
            writer.name("background_rows")
            writer.value(explanation.backgroundRows)
            writer.name("evaluations")
            writer.value(explanation.evaluations)
        }
    }
}
