import Inference
package import Kernel

/// A model that is served out of a file, without a registry.
package struct ModelFile: Sendable, Hashable {
    /// The name under which it is served.
    package var name: String
    /// Its version, 1 or more.
    package var version: Int
    /// Where its ONNX file is.
    package var path: String
    /// The digest that its file must have; nil for any.
    package var digest: ContentDigest?
    /// What its inputs must be called, in any order; nil for anything.
    package var inputNames: [String]?
    /// What its outputs must be called, or some of them; nil for anything.
    package var outputNames: [String]?
    /// The shape that its first input must have, -1 where that is free; nil for any.
    package var inputShape: [Int]?

    /// The model `name` in the file at `path`.
    package init(name: String, version: Int, path: String) {
        self.name = name
        self.version = version
        self.path = path
    }

    /// What a model of these tensors is not that it should be; nil when all is as it should.
    func misfit(inputs: [TensorDescription], outputs: [TensorDescription]) -> Misfit? {
        if let inputNames, Set(inputNames) != Set(inputs.map(\.name)) {
            return Misfit(field: "input_names", problem: "the model's inputs are \(Self.list(inputs))")
        }
        if let outputNames, !Set(outputNames).isSubset(of: outputs.map(\.name)) {
            return Misfit(field: "output_names", problem: "the model's outputs are \(Self.list(outputs))")
        }
        if let inputShape, let shape = inputs.first?.shape {
            let fits =
                shape.count == inputShape.count && zip(shape, inputShape).allSatisfy { $0 == $1 || $0 < 0 || $1 < 0 }
            guard fits else { return Misfit(field: "input_shape", problem: "the model's input has the shape \(shape)") }
        }
        return nil
    }

    private static func list(_ tensors: [TensorDescription]) -> String {
        tensors.map { "\"\($0.name)\"" }.joined(separator: ", ")
    }

    /// Why a model cannot be served as it was said.
    package struct Misfit: Error, Sendable, Hashable {
        /// The field of the file of models that says otherwise.
        package let field: String
        /// What is so.
        package let problem: String
    }
}
