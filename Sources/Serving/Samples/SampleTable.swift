/// Rows that were logged beside a model version, by column.
package struct SampleTable: Sendable {
    /// What the rows are of.
    package enum Kind: String, Sendable, Hashable {
        /// Inputs as the model was trained on: `martlet/reference`.
        case background = "reference"
        /// Predictions for rows that the model was not trained on, and how far off they were: `martlet/calibration`.
        case calibration
    }

    /// The values of a column, one a row; nil is missing.
    package enum Values: Sendable {
        case numbers([Double?])
        case texts([String?])
    }

    /// A column.
    package struct Column: Sendable {
        /// Its name.
        package let name: String
        /// Its values.
        package let values: Values

        /// The column `name`.
        package init(name: String, values: Values) {
            self.name = name
            self.values = values
        }

        /// Its numbers; nil where it holds texts.
        var numbers: [Double?]? {
            if case .numbers(let numbers) = values { numbers } else { nil }
        }
    }

    /// Finds the rows of a kind that were logged beside a version of a model; nil where none were.
    package typealias Reader =
        @Sendable (_ kind: Kind, _ modelName: String, _ version: Int) async throws -> SampleTable?

    /// The number of rows.
    package let rowCount: Int
    /// The columns in the order of the file.
    package let columns: [Column]

    /// A table of `rowCount` rows.
    package init(rowCount: Int, columns: [Column]) {
        self.rowCount = rowCount
        self.columns = columns
    }

    /// The column called `name`.
    func column(_ name: String) -> Column? { columns.first { $0.name == name } }
}
