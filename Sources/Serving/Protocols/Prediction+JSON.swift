import Inference
package import Kernel

extension Prediction {
    /// The most rows whose names fit into a header.
    private static let namedRowsMax = 100

    /// The names under which the rows are logged, with commas, for protocols whose answers have no place for them; nil for
    /// more than a hundred.
    package var idsText: String? {
        ids.count == 1
            ? ids[0].description
            : ids.count <= Self.namedRowsMax ? ids.map(\.description).joined(separator: ",") : nil
    }

    /// The answer of `/predict`: what the model says of the one row, as ``JSONWriter/prediction(_:of:in:)`` has it.
    package func writeAnswer(to writer: inout JSONWriter) {
        writer.object { writer in
            writeModel(to: &writer)
            writer.name("prediction")
            if let document {
                writer.value(document.predictions.first ?? .null)
            } else {
                writer.prediction(0, of: rows, in: outputs)
            }
            if let confidence = confidences?.first {
                writer.name("confidence")
                writer.confidence(confidence)
            }
            if let explanation = explanations?.first {
                writer.name("explanation")
                writer.explanation(explanation)
            }
            writer.name("request_id")
            writer.value(ids[0].description)
            writer.name("latency_ms")
            writer.value(latencyMs)
        }
    }

    /// The answer of `/predict/batch`: for each row what `/predict` would have answered, and the name it is logged
    /// under.
    package func writeBatchAnswer(to writer: inout JSONWriter) {
        writer.object { writer in
            writeModel(to: &writer)
            writer.name("predictions")
            writer.array { writer in
                if let document {
                    for prediction in document.predictions { writer.value(prediction) }
                } else {
                    for row in 0..<rows { writer.prediction(row, of: rows, in: outputs) }
                }
            }
            if let confidences {
                writer.name("confidences")
                writer.array { writer in for confidence in confidences { writer.confidence(confidence) } }
            }
            if let explanations {
                writer.name("explanations")
                writer.array { writer in for explanation in explanations { writer.explanation(explanation) } }
            }
            writer.name("request_ids")
            writer.array { writer in for id in ids { writer.value(id.description) } }
            writer.name("latency_ms")
            writer.value(latencyMs)
        }
    }

    /// The answer of `/invocations`, as MLflow has it: of a model in ONNX for each output all rows, of one in Python a
    /// list, or for each row a record.
    package func writeInvocationAnswer(to writer: inout JSONWriter) {
        if let document { return writer.raw(document.body) }
        writer.object { writer in
            writer.name("predictions")
            switch form {
            case .values: writer.whole(outputs[0].widened)
            case .records: writeRecords(to: &writer)
            case .named, .document:
                writer.object { writer in
                    for output in outputs {
                        writer.name(data: output.name)
                        writer.whole(output)
                    }
                }
            }
        }
    }

    private func writeRecords(to writer: inout JSONWriter) {
        let columns = outputs.map(\.widened)
        writer.array { writer in
            for row in 0..<rows {
                writer.object { writer in
                    for column in columns {
                        writer.name(data: column.name)
                        writer.row(row, of: rows, in: column)
                    }
                }
            }
        }
    }

    private func writeModel(to writer: inout JSONWriter) {
        writer.name("model_name")
        writer.value(variant.modelName)
        writer.name("model_version")
        writer.value(String(variant.version))
        // Where there is one variant alone, its name says nothing.
        guard endpoint.variants.count > 1 else { return }
        writer.name("variant")
        writer.value(variant.name)
    }
}

extension NamedTensor {
    /// The same in double precision where it is in single: MLflow writes what Python makes of a number, not the
    /// fewest digits.
    fileprivate var widened: NamedTensor {
        guard case .float(let values) = tensor.values,
            let wide = try? Tensor(.double(values.map { Double($0) }), shape: tensor.shape)
        else { return self }
        return NamedTensor(name: name, tensor: wide)
    }
}
