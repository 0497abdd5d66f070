import Inference
package import Kernel

extension Prediction {
    /// The answer of `/predict`: what the model says of the one row, as ``JSONWriter/prediction(_:of:in:)`` has it.
    package func writeAnswer(to writer: inout JSONWriter) {
        writer.object { writer in
            writeModel(to: &writer)
            writer.name("prediction")
            writer.prediction(0, of: rows, in: outputs)
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
                for row in 0..<rows { writer.prediction(row, of: rows, in: outputs) }
            }
            writer.name("request_ids")
            writer.array { writer in for id in ids { writer.value(id.description) } }
            writer.name("latency_ms")
            writer.value(latencyMs)
        }
    }

    /// The answer of `/invocations`: for each output all rows, as MLflow answers for its ONNX flavor.
    package func writeInvocationAnswer(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("predictions")
            writer.object { writer in
                for output in outputs {
                    writer.name(data: output.name)
                    writer.whole(output)
                }
            }
        }
    }

    private func writeModel(to writer: inout JSONWriter) {
        writer.name("model_name")
        writer.value(endpoint.modelName)
        writer.name("model_version")
        writer.value(String(endpoint.version))
    }
}
