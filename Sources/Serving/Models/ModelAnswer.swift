package import Inference
import Kernel

/// What a model answered to one request.
package struct ModelAnswer: Sendable {
    /// The outputs, all rows together; none where the answer is no tensors.
    package let outputs: [NamedTensor]
    /// How `/invocations` shows them.
    let form: WorkerAnswer.Form
    /// MLflow's own text, where there is one in place of tensors.
    let document: AnswerDocument?
    /// Whether it was given before, and the model was not run.
    var isKept = false

    /// Outputs, by name unless `form` says otherwise.
    init(outputs: [NamedTensor], form: WorkerAnswer.Form = .named) {
        self.outputs = outputs
        self.form = form
        document = nil
    }

    /// The same answer with `outputs` in the place of its own.
    func with(outputs: [NamedTensor]) -> ModelAnswer {
        var answer = ModelAnswer(outputs: outputs, form: form)
        answer.isKept = isKept
        return answer
    }

    /// What a model of Python answered.
    init(_ answer: WorkerAnswer) {
        outputs = answer.outputs
        form = answer.form
        document = answer.form == .document ? AnswerDocument(answer) : nil
    }
}

/// An answer in MLflow's scoring protocol that only MLflow could write.
package struct AnswerDocument: Sendable {
    /// The whole body, JSON.
    let body: [UInt8]
    /// The inputs as a list of rows, JSON; empty where they are not known.
    let features: [UInt8]
    /// The rows that it answers one by one; nil where it is one answer to all.
    let rows: Int?

    fileprivate init(_ answer: WorkerAnswer) {
        body = answer.document
        features = answer.features
        rows = answer.rows
    }

    /// What it says of each row; the whole, where it does not go by rows.
    var predictions: [JSON] {
        let parsed = (try? JSON.parse(body, nonFinite: .accept)) ?? .null
        // Bodies in the words of language models come without the wrapper.
        let predictions = parsed.objectValue?["predictions"] ?? parsed
        guard let rows, let list = predictions.arrayValue, list.count == rows else { return [predictions] }
        return list
    }

    /// The inputs of each row; empty where they are not known row by row.
    var featureRows: [JSON] {
        let list = (try? JSON.parse(features, nonFinite: .accept))?.arrayValue ?? []
        return list.count == rows ? list : []
    }

    /// The predictions as the one output of the Open Inference Protocol: for each row its JSON as text.
    var output: NamedTensor? {
        let texts = predictions.map { prediction in
            var writer = JSONWriter()
            writer.value(prediction)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        return (try? Tensor(.string(texts), shape: [texts.count])).map {
            NamedTensor(name: PythonSignature.soleOutput, tensor: $0)
        }
    }
}
