package import Kernel

/// A file of predictions that a version made of another file, as it is remembered.
package struct PredictionSet: Hashable, Sendable {
    /// A file, which may be anywhere.
    package struct File: Hashable, Sendable {
        /// Its name.
        package let name: String
        /// The SHA-256 of its bytes.
        package let digest: ContentDigest
        /// Its rows.
        package let rows: Int

        /// A file of `rows` rows.
        package init(name: String, digest: ContentDigest, rows: Int) {
            self.name = name
            self.digest = digest
            self.rows = rows
        }
    }

    /// A column of the predictions.
    package struct SchemaColumn: Hashable, Sendable {
        /// Its name.
        package let name: String
        /// Its type, in the words of whoever wrote it: `BIGINT`, `FLOAT`.
        package let type: String

        /// A column.
        package init(name: String, type: String) {
            self.name = name
            self.type = type
        }
    }

    /// The version that made it, and the digest that it was pinned to.
    package let model: BatchModel
    /// What was read.
    package let input: File
    /// What was written.
    package let output: File
    /// The columns of what was written.
    package let schema: [SchemaColumn]
    /// The rows that could not be predicted.
    package let failedRows: Int

    /// Predictions by `model`.
    package init(model: BatchModel, input: File, output: File, schema: [SchemaColumn], failedRows: Int) {
        self.model = model
        self.input = input
        self.output = output
        self.schema = schema
        self.failedRows = failedRows
    }

    /// The same for the same predictions out of the same data by the same version, so that telling it twice is telling
    /// it once: 32 hexadecimal characters.
    package var id: String {
        let parts: [String] = [
            model.name, String(model.version), model.digest.hexadecimal, input.name, input.digest.hexadecimal,
            output.name, output.digest.hexadecimal,
        ]
        let text = JSON.array(parts.map { .string($0) }).canonicalText
        return String(ContentDigest(of: text.utf8).hexadecimal.prefix(32))
    }
}

/// A prediction set and who told of it, when.
package struct PredictionSetRecord: Hashable, Sendable {
    /// The predictions.
    package let set: PredictionSet
    /// When it was told.
    package let createdAt: Timestamp
    /// By whom.
    package let createdBy: String
}
