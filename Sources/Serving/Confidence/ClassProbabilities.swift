import Inference

/// The classes between which a model chooses, and how probable it says each one is for each row.
struct ClassProbabilities {
    /// Sums of a row that are this far from 1 are 1: single precision, and rounding by the model's maker.
    private static let tolerance = 1e-3

    /// Which of the outputs has them.
    let output: Int
    /// How many classes there are.
    let count: Int
    /// Row after row.
    private let numbers: [Double]
    private let classes: Tensor?
    /// Which class the model itself names for each row, where it does and names one of the classes.
    private let named: [Int?]

    /// The probabilities among `outputs`, which answer `rows` rows; nil where there are none.
    ///
    /// They are the output whose columns stand for classes; else the first of two columns or more. In both each row's
    /// numbers are from 0 to 1 and sum to 1: a classifier may map classes to other scores as well.
    init?(_ outputs: [NamedTensor], rows: Int) {
        guard rows > 0 else { return nil }
        let found =
            outputs.firstIndex { $0.classes != nil && Self.isDistribution($0.tensor, rows) }
            ?? outputs.firstIndex { Self.isDistribution($0.tensor, rows) }
        guard let found, let numbers = outputs[found].tensor.numbers else { return nil }
        let (count, classes) = (numbers.count / rows, outputs[found].classes)
        guard classes.map({ $0.count == count }) ?? true else { return nil }
        output = found
        self.count = count
        self.numbers = numbers
        self.classes = classes
        let labels = outputs.first { $0.classes == nil && $0.tensor.elementType == classes?.elementType }?.tensor
        named = (0..<rows).map { row in
            guard let labels, labels.count == rows, let classes else { return nil }
            return Self.index(of: row, labels, among: classes)
        }
    }

    private static func isDistribution(_ tensor: Tensor, _ rows: Int) -> Bool {
        guard tensor.elementType == .float || tensor.elementType == .double, tensor.shape.count == 2,
            tensor.shape[0] == rows, tensor.shape[1] >= 2, let numbers = tensor.numbers
        else { return false }
        return (0..<rows).allSatisfy { row in
            let probabilities = numbers[row * tensor.shape[1]..<(row + 1) * tensor.shape[1]]
            return probabilities.allSatisfy { $0 >= 0 && $0 <= 1 + tolerance }
                && abs(probabilities.reduce(0, +) - 1) <= tolerance
        }
    }

    private static func index(of row: Int, _ labels: Tensor, among classes: Tensor) -> Int? {
        switch (labels.values, classes.values) {
        case (.int64(let labels), .int64(let classes)): classes.firstIndex(of: labels[row])
        case (.string(let labels), .string(let classes)): classes.firstIndex(of: labels[row])
        default: nil
        }
    }

    /// The class that is predicted for `row`: the one that the model names, else the most probable, at a tie the first.
    func predicted(_ row: Int) -> Int {
        if let index = named[row] { return index }
        var best = 0
        for index in 1..<count where numbers[row * count + index] > numbers[row * count + best] { best = index }
        return best
    }

    /// How probable the class numbered `index` is for `row`, in [0, 1].
    func probability(_ row: Int, _ index: Int) -> Double { numbers[row * count + index] }

    /// The name of the class numbered `index`; nil where the model names none.
    func name(_ index: Int) -> String? {
        switch classes?.values {
        case .int64(let classes): String(classes[index])
        case .string(let classes): classes[index]
        default: nil
        }
    }
}
