package import Analytics
package import Kernel

/// What a batch of predictions is asked for.
package struct BatchRequest: Sendable {
    /// What becomes of a row that the model can't be asked with, or fails on.
    package enum FaultPolicy: String, Sendable, CaseIterable {
        /// The batch ends and names it.
        case fail
        /// It is left out.
        case skip
        /// Its predictions are missing, and a column says why.
        case null
    }

    /// The column of ``FaultPolicy/null`` that says why a row has no predictions.
    package static let errorColumn = "prediction_error"

    /// The file to read, an absolute path.
    package var input: String
    /// Its format.
    package var inputFormat: TableFormat
    /// The file to write, an absolute path.
    package var output: String
    /// Its format.
    package var outputFormat: TableFormat
    /// The input's columns that come along, before the predictions.
    package var kept: [String] = []
    /// What becomes of rows that can't be predicted.
    package var onFault: FaultPolicy = .fail
    /// Whether what an earlier run has left is thrown away.
    package var restarts = false

    /// Predictions for the rows of `input`, to be written to `output`.
    package init(input: String, _ inputFormat: TableFormat, output: String, _ outputFormat: TableFormat) {
        self.input = input
        self.inputFormat = inputFormat
        self.output = output
        self.outputFormat = outputFormat
    }

    /// The name of the input, for messages and for the record.
    package var inputName: String { Self.name(of: input) }
    /// The name of the output.
    package var outputName: String { Self.name(of: output) }

    private static func name(of path: String) -> String {
        path.split(separator: "/").last.map { String($0) } ?? path
    }
}

/// The registered version that a batch is predicted by.
package struct BatchModel: Hashable, Sendable {
    /// The registered model's name.
    package let name: String
    /// The version's number.
    package let version: Int
    /// The digest that it is pinned to.
    package let digest: ContentDigest

    /// Version `version` of `name`, pinned to `digest`.
    package init(name: String, version: Int, digest: ContentDigest) {
        self.name = name
        self.version = version
        self.digest = digest
    }
}

/// How far a batch is.
package struct BatchProgress: Hashable, Sendable {
    /// The rows that are done, those of earlier runs too.
    package let rows: Int
    /// The rows that this run has done.
    package let rowsNow: Int
    /// The rows of the input; of CSV, its lines, which may be more.
    package let total: Int
    /// Since this run has begun to predict.
    package let elapsed: Duration

    /// `rows` done, `rowsNow` of them in `elapsed`, out of `total`.
    package init(rows: Int, rowsNow: Int, total: Int, elapsed: Duration) {
        self.rows = rows
        self.rowsNow = rowsNow
        self.total = total
        self.elapsed = elapsed
    }

    /// The rows a second of this run; nil before there are any.
    package var rowsPerSecond: Double? {
        let seconds = elapsed / .seconds(1)
        return rowsNow > 0 && seconds > 0 ? Double(rowsNow) / seconds : nil
    }

    /// How long the rest takes at this pace.
    package var secondsLeft: Double? { rowsPerSecond.map { Double(max(0, total - rows)) / $0 } }
}
