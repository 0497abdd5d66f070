import Analytics
import Inference
import Kernel

/// What a model answered to some rows of a file.
struct BatchAnswer: Sendable {
    /// The rows.
    let rows: ScannedRows
    /// What was answered, each to some of the rows, in their order.
    var pieces: [Piece] = []
    /// Why the others were not.
    var faults: [Int: String]

    /// The answer to rows that were asked together.
    struct Piece: Sendable {
        /// Which of the rows.
        let rows: [Int]
        /// The outputs.
        let outputs: [NamedTensor]
    }

    /// About how many bytes the outputs take.
    var sizeBytes: Int {
        pieces.reduce(0) { size, piece in piece.outputs.reduce(size) { $0 + $1.tensor.values.sizeBytes } }
    }

    /// Refuses the lowest row that could not be predicted.
    func checkFaultless() throws {
        guard let first = faults.min(by: { $0.key < $1.key }) else { return }
        throw MartletError(
            .invalidParameterValue,
            first.value + ". With --on-error skip such rows are left out, with --on-error null their predictions."
        )
    }
}

/// Asks a model for the predictions of a file's rows.
struct BatchAnswers: Sendable {
    let model: LoadedModel
    let inputs: BatchInputs
    let executor: InferenceExecutor
    let file: String

    /// The answer to `rows`, the first of which is the file's row numbered `first`, from 1.
    ///
    /// - Throws: `INTERNAL_ERROR` when the model answers what is no column; what the engine throws that is no fault of
    ///   the rows'.
    func answer(_ rows: ScannedRows, first: Int) async throws -> BatchAnswer {
        let reading = try inputs.read(rows, first: first)
        var answer = BatchAnswer(rows: rows, faults: reading.faults)
        if let given = reading.inputs {
            let numbers = reading.rows ?? Array(0..<rows.count)
            try await ask(given, numbers, first: first, into: &answer)
        }
        return answer
    }

    /// Asks for `given`, which are the rows numbered `numbers`; in halves where the model fails on them together.
    private func ask(_ given: ModelInputs, _ numbers: [Int], first: Int, into answer: inout BatchAnswer) async throws {
        if !model.takesOneRow || given.rows == 1 {
            do {
                let outputs = try await model.answer(given, on: executor).outputs
                try check(outputs, rows: given.rows)
                return answer.pieces.append(BatchAnswer.Piece(rows: numbers, outputs: outputs))
            } catch let error as InferenceError where error.isOfRows {
                guard given.rows > 1 else {
                    answer.faults[numbers[0]] = "\(file), row \(first + numbers[0]): \(error.description)"
                    return
                }
            } catch let error as InferenceError {
                throw MartletError(running: error)
            }
        }
        let half = given.rows / 2
        for range in [0..<half, half..<given.rows] {
            try await ask(given.rows(range), Array(numbers[range]), first: first, into: &answer)
        }
    }

    private func check(_ outputs: [NamedTensor], rows: Int) throws {
        guard !outputs.isEmpty else {
            throw MartletError(.internalError, "The model answers what is no column of a table.")
        }
        if let other = outputs.first(where: { $0.tensor.shape.first != rows }) {
            throw MartletError(
                .internalError,
                "The model's output \"\(other.name)\" has the shape \(other.tensor.shape) for \(rows) rows: its first"
                    + " dimension does not count them."
            )
        }
    }
}

extension LoadedModel {
    /// Whether its file says that it takes a single row at a time.
    var takesOneRow: Bool { inputs.contains { $0.shape?.first == 1 } }
}

extension ModelInputs {
    /// The inputs of the rows in `range`.
    func rows(_ range: Range<Int>) -> ModelInputs {
        ModelInputs(
            rows: range.count,
            tensors: tensors.map { NamedTensor(name: $0.name, tensor: $0.tensor.rows(range)) }
        )
    }
}

extension Tensor.Values {
    fileprivate var sizeBytes: Int {
        guard case .string(let texts) = self else { return count * 8 }
        return texts.reduce(0) { $0 + 16 + $1.utf8.count }
    }
}

extension InferenceError {
    /// Whether other rows might have been answered.
    fileprivate var isOfRows: Bool {
        [.inputInvalid, .runFailed, .requestInvalid, .answerInvalid].contains(code)
    }
}
