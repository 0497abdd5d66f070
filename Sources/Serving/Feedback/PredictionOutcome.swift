import Kernel

/// Whether a prediction was right, once it is known what is true.
enum PredictionOutcome {
    /// What `prediction`, as the log has it, says beside `truth`: 1 for right and 0 for wrong, by what is counted.
    ///
    /// A prediction of several outputs is judged by the first. A number with a fraction from 0 to 1 beside a truth of 0
    /// or 1 is a probability: one half and above predicts 1. Precision counts positive predictions, recall positive
    /// truths; 1, `true` and their texts are positive.
    static func outcomes(prediction: JSON, truth: JSON) -> [(ABTest.Metric, Double)] {
        guard let predicted = label(prediction, beside: truth), let actual = label(truth, beside: truth) else {
            return []
        }
        var outcomes: [(ABTest.Metric, Double)] = [(.accuracy, predicted == actual ? 1 : 0)]
        guard let isPredicted = isPositive(predicted), let isActual = isPositive(actual) else { return outcomes }
        if isPredicted { outcomes.append((.precision, isActual ? 1 : 0)) }
        if isActual { outcomes.append((.recall, isPredicted ? 1 : 0)) }
        return outcomes
    }

    /// The one text or number that `value` comes down to.
    private static func label(_ value: JSON, beside truth: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .boolean(let flag): flag ? "1" : "0"
        case .integer(let number): String(number)
        case .number(let number):
            if let truth = truth.doubleValue, truth == 0 || truth == 1, (0...1).contains(number) {
                number >= 0.5 ? "1" : "0"
            } else {
                Int64(exactly: number).map { String($0) } ?? "\(number)"
            }
        case .array(let elements): elements.count == 1 ? label(elements[0], beside: truth) : nil
        case .object(let object): object.members.first.flatMap { label($0.value, beside: truth) }
        case .null: nil
        }
    }

    private static func isPositive(_ label: String) -> Bool? {
        switch label {
        case "1", "true", "True": true
        case "0", "false", "False", "-1": false
        default: nil
        }
    }
}
