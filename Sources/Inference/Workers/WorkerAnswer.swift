import Kernel

/// What a Python model answered.
package struct WorkerAnswer: Sendable {
    /// How MLflow shows the outputs in its scoring protocol.
    package enum Form: String, Sendable {
        /// One output without a name of its own: a list.
        case values
        /// The columns of a data frame: a list of records.
        case records
        /// Outputs by name: an object of lists.
        case named
        /// No tensors: MLflow's own text.
        case document
    }

    /// How MLflow shows it.
    package let form: Form
    /// The outputs; none for a document.
    package let outputs: [NamedTensor]
    /// The answer of MLflow's scoring protocol, JSON; empty but for a document.
    package let document: [UInt8]
    /// For a document the inputs as a list of rows, JSON; empty where they were no rows, or too many.
    package let features: [UInt8]
    /// The rows that were answered; nil where the answer does not go by rows.
    package let rows: Int?
}

extension WorkerAnswer {
    /// The answer in `frame`.
    ///
    /// - Throws: what the model was refused for; `broken` when the frame is none of a worker's.
    init(_ frame: WorkerFrame) throws(WorkerFault) {
        guard frame.head["ok"] == true else { throw .refused(InferenceError(refusal: frame.head)) }
        guard let form = frame.head["form"]?.stringValue.flatMap(Form.init(rawValue:)) else {
            throw .broken("an answer of an unknown form")
        }
        self.form = form
        guard form == .document else {
            outputs = try Self.outputs(frame)
            (document, features) = ([], [])
            let lengths = Set(outputs.map { $0.tensor.shape.first })
            rows = lengths.count == 1 ? lengths.first ?? nil : nil
            return
        }
        let sizes = (frame.head["sizes"]?.arrayValue ?? []).compactMap { $0.integerValue.flatMap { Int(exactly: $0) } }
        guard sizes.count == 2, sizes[0] >= 0, sizes[0] <= frame.payload.count,
            sizes[1] == frame.payload.count - sizes[0]
        else { throw .broken("a document of another size than was said") }
        outputs = []
        document = Array(frame.payload[..<sizes[0]])
        features = Array(frame.payload[sizes[0]...])
        rows = frame.head["rows"]?.integerValue.flatMap { Int(exactly: $0) }
    }

    private static func outputs(_ frame: WorkerFrame) throws(WorkerFault) -> [NamedTensor] {
        var outputs: [NamedTensor] = []
        var offset = 0
        for json in frame.head["outputs"]?.arrayValue ?? [] {
            guard let described = TensorDescription(described: json), let shape = described.shape,
                let size = json.objectValue?["size"]?.integerValue.flatMap({ Int(exactly: $0) }), size >= 0,
                size <= frame.payload.count - offset,
                let tensor = tensor(frame.payload[offset..<offset + size], described.elementType, shape)
            else { throw .broken("an output that is not what was said of it") }
            outputs.append(NamedTensor(name: described.name, tensor: tensor))
            offset += size
        }
        guard !outputs.isEmpty, offset == frame.payload.count else { throw .broken("an answer of another size") }
        return outputs
    }

    private static func tensor(_ bytes: ArraySlice<UInt8>, _ type: ElementType, _ shape: [Int]) -> Tensor? {
        var count = 1
        for length in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: length)
            // A string takes four bytes, all else one at least.
            guard length >= 0, !overflows, product <= bytes.count else { return nil }
            count = product
        }
        let values = bytes.withUnsafeBytes { Tensor.Values(raw: $0, type, count: count) }
        return values.flatMap { try? Tensor($0, shape: shape) }
    }

    /// Refuses an answer that does not say something of each of the rows that were asked; one row may have any answer
    /// that is no tensors.
    func check(rows asked: Int) throws(InferenceError) {
        guard rows != asked, form != .document || rows != nil || asked > 1 else { return }
        let found = rows.map { "\($0) rows" } ?? "what has no rows"
        throw InferenceError(.answerInvalid, "the model answered \(found) for \(asked)")
    }

    /// The part of the answer that is about the rows in `range` of `total`; nil where it does not go by rows.
    func part(_ range: Range<Int>, of total: Int) -> WorkerAnswer? {
        guard form != .document, rows == total else { return nil }
        let parts = outputs.map { NamedTensor(name: $0.name, tensor: $0.tensor.rows(range)) }
        return WorkerAnswer(form: form, outputs: parts, document: [], features: [], rows: range.count)
    }
}

extension TensorDescription {
    /// What a worker says of an output; nil where it says it in no way that is known.
    init?(described json: JSON) {
        guard let object = json.objectValue, let name = object["name"]?.stringValue,
            let type = object["datatype"]?.stringValue.flatMap(ElementType.init(datatype:)),
            let lengths = object["shape"]?.arrayValue
        else { return nil }
        let shape = lengths.compactMap { $0.integerValue.flatMap { Int(exactly: $0) } }
        guard shape.count == lengths.count else { return nil }
        self.init(name: name, elementType: type, shape: shape)
    }
}

extension InferenceError {
    /// What a worker says of a call that it did not answer.
    fileprivate init(refusal head: JSONObject) {
        let code: Code =
            switch head["code"]?.stringValue {
            case "INVALID_PARAMETER_VALUE": .inputInvalid
            case "BAD_REQUEST": .requestInvalid
            default: .answerInvalid
            }
        self.init(code, head["message"]?.stringValue ?? "the model failed and gave no reason")
    }
}
