/// Rows of a file that was logged beside a model, as numbers and texts by column.
package struct SampleTable: Sendable {
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
        package var numbers: [Double?]? {
            if case .numbers(let numbers) = values { numbers } else { nil }
        }
    }

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
    package func column(_ name: String) -> Column? { columns.first { $0.name == name } }
}
