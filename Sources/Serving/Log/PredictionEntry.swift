import Inference
import Kernel

/// What one request leaves to be logged: values by reference, made into rows only when they are written.
struct PredictionEntry: Sendable {
    /// How the request ended.
    enum Outcome: Sendable {
        /// What the model answered, all rows together.
        case answered([NamedTensor])
        /// The same in MLflow's words.
        case written(AnswerDocument)
        /// The status and what the caller was told.
        case failed(status: Int, message: String)
    }

    /// A name for each row; one for a request that failed.
    let ids: ArraySlice<RequestID>
    /// Which of the inputs' rows the first name is of.
    var firstRow = 0
    let at: Timestamp
    let served: ServedEndpoint
    /// Who answered.
    let variant: ServedVariant
    let plan: InputPlan
    /// nil when the inputs could not be read.
    let inputs: ModelInputs?
    let outcome: Outcome
    let latencyMs: Double
    /// Whether chance or a key chose the variant.
    var isDrawn = true
    /// For a shadow's answer, for each row the name under which the caller's is logged.
    var shadowOf: ArraySlice<RequestID>?

    /// About how much memory the entry holds, its share where it is a part of another; for the log's bound.
    var sizeBytes: Int {
        var size = 0
        for named in inputs?.tensors ?? [] { size += Self.size(of: named.tensor) }
        if case .answered(let outputs) = outcome {
            for named in outputs { size += Self.size(of: named.tensor) }
        }
        if case .written(let document) = outcome {
            size = document.body.count + document.features.count
            return 256 + 16 * ids.count + size * ids.count / max(1, document.rows ?? 1)
        }
        return 256 + 16 * ids.count + size * ids.count / max(1, inputs?.rows ?? 1)
    }

    static func size(of tensor: Tensor) -> Int {
        guard case .string(let texts) = tensor.values else { return 64 + 8 * tensor.count }
        return texts.reduce(64) { $0 + 16 + $1.utf8.count }
    }

    /// The part of the entry that has the names in `range` of its first.
    func part(_ range: Range<Int>) -> PredictionEntry {
        func names(_ names: ArraySlice<RequestID>) -> ArraySlice<RequestID> {
            names[names.startIndex + range.lowerBound..<names.startIndex + range.upperBound]
        }
        return PredictionEntry(
            ids: names(ids),
            firstRow: firstRow + range.lowerBound,
            at: at,
            served: served,
            variant: variant,
            plan: plan,
            inputs: inputs,
            outcome: outcome,
            latencyMs: latencyMs,
            isDrawn: isDrawn,
            shadowOf: shadowOf.map(names)
        )
    }

    /// The rows to be written.
    var records: [PredictionRecord] {
        let rows = inputs?.rows ?? 1
        var documents: (features: [JSON], predictions: [JSON]) = ([], [])
        if case .written(let document) = outcome { documents = (document.featureRows, document.predictions) }
        return ids.enumerated().map { index, id in
            let row = firstRow + index
            var prediction = JSONWriter(capacity: 64)
            var status = 200
            var error: String?
            switch outcome {
            case .answered(let outputs): prediction.prediction(row, of: rows, in: outputs)
            case .written:
                let isThere = documents.predictions.indices.contains(row)
                prediction.value(isThere ? documents.predictions[row] : .null)
            case .failed(let code, let message):
                prediction.null()
                status = code
                // What a model says may hold anything; no text of a database holds this.
                error = message.replacing("\0", with: "\u{2400}")
            }
            return PredictionRecord(
                requestID: id.description,
                endpoint: served.endpoint.name,
                modelName: variant.variant.modelName,
                modelVersion: variant.variant.version,
                variant: variant.variant.name,
                policyVersion: served.endpoint.policyVersion,
                isDrawn: isDrawn,
                shadowOf: shadowOf.map { $0[$0.startIndex + index].description },
                at: at,
                features: documents.features.indices.contains(row)
                    ? documents.features[row].text : inputs.flatMap { plan.features(row, of: $0) } ?? "null",
                prediction: String(decoding: prediction.bytes, as: UTF8.self),
                latencyMs: latencyMs,
                status: status,
                error: error
            )
        }
    }
}

extension InputPlan {
    /// JSON: one row of `inputs`, an object by column, or by input where the signature has no columns.
    ///
    /// A missing number, NaN to the model, is null. nil for inputs of another form than the plan's, or without such a
    /// row: such a request has failed, and is logged all the same.
    func features(_ row: Int, of inputs: ModelInputs) -> String? {
        guard inputs.document == nil, row < inputs.rows, fits(inputs) else { return nil }
        var writer = JSONWriter(capacity: 32 * max(1, names.count))
        writer.object { writer in
            switch form {
            case .matrix:
                for (index, column) in columns.enumerated() {
                    writer.name(data: column.name)
                    writer.feature(row * columns.count + index, of: inputs.tensors[0].tensor, column.kind)
                }
            case .columns(let places):
                for (input, place) in places.enumerated() {
                    writer.name(data: columns[place].name)
                    writer.feature(row, of: inputs.tensors[input].tensor, columns[place].kind)
                }
            case .tensors:
                for named in inputs.tensors {
                    writer.name(data: named.name)
                    writer.row(row, of: inputs.rows, in: named)
                }
            case .unreadable:
                break
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension InputPlan {
    /// Whether `inputs` have a value for each row of what the plan names.
    private func fits(_ inputs: ModelInputs) -> Bool {
        switch form {
        case .matrix: inputs.tensors.count == 1 && inputs.tensors[0].tensor.count == inputs.rows * columns.count
        case .columns(let places):
            inputs.tensors.count == places.count && inputs.tensors.allSatisfy { $0.tensor.count == inputs.rows }
        case .tensors, .unreadable: true
        }
    }
}

extension JSONWriter {
    /// The value of a column, in the form in which the signature has it, out of an element of any kind.
    fileprivate mutating func feature(_ index: Int, of tensor: Tensor, _ kind: InputColumn.Kind) {
        let number: Double
        switch tensor.values {
        case .float(let values): number = Double(values[index])
        case .double(let values): number = values[index]
        default: return value(element: index, of: tensor)
        }
        switch kind {
        case _ where number.isNaN: null()
        case .boolean: value(number != 0)
        case .integer, .long:
            if let whole = Int64(exactly: number) { value(whole) } else { value(element: index, of: tensor) }
        default: value(element: index, of: tensor)
        }
    }
}
