package import Inference
import Kernel

/// How an inference request of the Open Inference Protocol wants its answer.
package struct InferenceAnswer: Sendable, Hashable {
    /// One output asked for.
    struct Output: Sendable, Hashable {
        /// The model's name for it.
        let name: String
        /// Whether it comes as raw bytes after the JSON.
        let isBinary: Bool
        /// How many of its largest elements are wanted instead of all; nil for all.
        var classCount: Int?
    }

    /// The request's own id, given back.
    package var id: String?
    /// The outputs asked for, in their order; nil for all of them in the model's order.
    var outputs: [Output]?
    /// Whether outputs not asked for by name come as raw bytes.
    var isBinary = false

    /// Refuses to give more outputs than a model has: one named a thousand times would be written a thousand times.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func checkCount(_ count: Int, of described: [TensorDescription]) throws {
        guard count <= max(1, described.count) else {
            throw MartletError(
                .invalidParameterValue,
                "outputs: the model has \(described.count), found \(count) names"
            )
        }
    }

    /// The outputs of `prediction` that are asked for, in the order in which they are.
    package func chosen(_ prediction: Prediction) -> [NamedTensor] {
        picked(prediction).map(\.named)
    }

    private func picked(_ prediction: Prediction) -> [(named: NamedTensor, isBinary: Bool)] {
        let all = prediction.document.map { [$0.output].compactMap { $0 } } ?? prediction.outputs
        let wanted = outputs ?? all.map { Output(name: $0.name, isBinary: isBinary) }
        return wanted.compactMap { output in
            all.first { $0.name == output.name }.map { found in
                (named: output.classCount.map(found.classified) ?? found, isBinary: output.isBinary)
            }
        }
    }

    /// The body of the answer, and the length of the JSON at its start where raw tensors follow it.
    package func body(_ prediction: Prediction) -> (bytes: [UInt8], jsonBytes: Int?) {
        let chosen = picked(prediction)
        var raw: [UInt8] = []
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            if let id {
                writer.name("id")
                writer.value(id)
            }
            writer.name("model_name")
            writer.value(prediction.endpoint.name)
            writer.name("model_version")
            writer.value(String(prediction.variant.version))
            writer.name("outputs")
            writer.array { writer in
                for (named, isBinary) in chosen { write(named, isBinary, to: &writer, &raw) }
            }
        }
        guard chosen.contains(where: \.isBinary) else { return (writer.bytes, nil) }
        return (writer.bytes + raw, writer.bytes.count)
    }

    private func write(_ named: NamedTensor, _ isBinary: Bool, to writer: inout JSONWriter, _ raw: inout [UInt8]) {
        writer.object { writer in
            writer.name("name")
            writer.value(named.name)
            writer.name("datatype")
            writer.value(named.tensor.elementType.datatype)
            writer.name("shape")
            writer.array { writer in for length in named.tensor.shape { writer.value(length) } }
            if isBinary {
                let start = raw.count
                named.tensor.values.appendRaw(to: &raw)
                writer.name("parameters")
                writer.object { writer in
                    writer.name("binary_data_size")
                    writer.value(raw.count - start)
                }
            } else {
                writer.name("data")
                writer.flat(named.tensor)
            }
        }
    }
}

extension InferenceAnswer.Output {
    /// The output `name` of a model that answers `described`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the model has no such output, or none of numbers to choose
    ///   `classCount`, 1 or more, of.
    init(name: String, isBinary: Bool, classCount: Int64?, of described: [TensorDescription]) throws {
        guard let output = described.first(where: { $0.name == name }) else {
            let known = described.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw MartletError(
                .invalidParameterValue,
                "output \"\(name.prefix(200))\": the model answers \(known)"
            )
        }
        if let classCount {
            guard classCount >= 1, output.elementType != .string, output.elementType != .bool else {
                throw MartletError(
                    .invalidParameterValue,
                    "output \"\(name.prefix(200))\": classification takes a number of classes, 1 or more, of an output "
                        + "of numbers; this one is \(output.elementType.datatype)"
                )
            }
        }
        self.init(name: name, isBinary: isBinary, classCount: classCount.map { Int(clamping: $0) })
    }
}
