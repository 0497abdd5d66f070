package import Inference
import Kernel

/// What one call gives a model: a tensor for each of its inputs, in the model's order, or a body that MLflow reads.
package struct ModelInputs: Hashable, Sendable {
    /// A body of MLflow's scoring protocol as it came.
    package struct Document: Hashable, Sendable {
        /// The body.
        let body: [UInt8]
        /// Whether it is CSV, not JSON.
        let isCSV: Bool
    }

    /// The rows: the length of the tensors' first dimension, 1 where they have none in common; 1 for a document, whose
    /// rows are known only once it is answered.
    package let rows: Int
    /// The tensors; none for a document.
    package let tensors: [NamedTensor]
    /// The body, where it is not read here.
    let document: Document?

    /// Inputs of `rows` rows.
    package init(rows: Int, tensors: [NamedTensor]) {
        self.rows = rows
        self.tensors = tensors
        document = nil
    }

    /// A body for MLflow to read.
    init(_ document: Document) {
        rows = 1
        tensors = []
        self.document = document
    }

    /// Refuses columns that do not have one value for each row.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that names the input.
    func checkRows() throws {
        for named in tensors where named.tensor.shape.first != rows {
            throw MartletError(
                .invalidParameterValue,
                "input \"\(named.name)\": its shape is \(named.tensor.shape), and the first dimension of all must be one"
            )
        }
    }

    /// What a model of Python is asked.
    var request: WorkerRequest {
        document.map { .document($0.body, isCSV: $0.isCSV) } ?? .tensors(tensors, rows: rows)
    }
}
