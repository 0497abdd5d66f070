import Inference
import Kernel

/// How sure a model is of one row.
package enum Confidence: Sendable, Hashable {
    /// The probability, in [0, 1], of the class that is predicted, as the model has it; the class's name where it has one.
    case classProbability(Double, of: String?)
    /// Where the truth lies with at least the probability `coverage`, as `rows` others have shown.
    case interval(ClosedRange<Double>, coverage: Double, rows: Int)

    /// The confidence of each of `rows` rows that `outputs` answer, by class; nil where there are no classes.
    static func byClass(_ outputs: [NamedTensor], rows: Int) -> [Confidence]? {
        guard let classes = ClassProbabilities(outputs, rows: rows) else { return nil }
        return (0..<rows).map { row in
            let predicted = classes.predicted(row)
            return .classProbability(classes.probability(row, predicted), of: classes.name(predicted))
        }
    }

    /// The confidence of each of `rows` rows that `outputs` answer with one number, by what `calibration` has shown.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` where a row is not one number, or the calibration has too few rows.
    static func byInterval(
        _ outputs: [NamedTensor],
        rows: Int,
        _ calibration: Calibration,
        coverage: Double
    ) throws -> [Confidence] {
        guard outputs.count == 1, let numbers = outputs[0].tensor.numbers, numbers.count == rows,
            numbers.allSatisfy(\.isFinite)
        else {
            throw MartletError(
                .invalidParameterValue,
                "Confidence can be told of class probabilities, or of one number a row; this model answers neither"
            )
        }
        let margin = try calibration.margin(coverage: coverage)
        return numbers.map { number in
            .interval(number - margin...number + margin, coverage: coverage, rows: calibration.rowCount)
        }
    }
}

extension JSONWriter {
    /// A confidence as `/predict` has it.
    mutating func confidence(_ confidence: Confidence) {
        object { writer in
            writer.name("method")
            switch confidence {
            case .classProbability(let probability, let name):
                writer.value("class_probability")
                writer.name("probability")
                writer.value(probability)
                guard let name else { return }
                writer.name("class")
                writer.value(name)
            case .interval(let interval, let coverage, let rows):
                writer.value("conformal_interval")
                writer.name("lower")
                writer.value(interval.lowerBound)
                writer.name("upper")
                writer.value(interval.upperBound)
                writer.name("coverage")
                writer.value(coverage)
                writer.name("calibration_rows")
                writer.value(rows)
            }
        }
    }
}
