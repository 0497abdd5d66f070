package import Inference

/// What one call gives a model: a tensor for each of its inputs, in the model's order.
package struct ModelInputs: Hashable, Sendable {
    /// The rows: the length of the tensors' first dimension, 1 where they have none in common.
    package let rows: Int
    /// The tensors.
    package let tensors: [NamedTensor]

    /// Inputs of `rows` rows.
    package init(rows: Int, tensors: [NamedTensor]) {
        self.rows = rows
        self.tensors = tensors
    }
}
