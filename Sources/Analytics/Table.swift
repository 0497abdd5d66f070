/// What a query gave, column by column.
package struct ColumnarResult: Hashable, Sendable {
    /// The columns in the order of the query, all of the same length.
    package let columns: [Column]

    /// How many rows there are.
    package var rowCount: Int { columns.first?.count ?? 0 }

    /// The first column called `name`, nil when none is.
    package func column(_ name: String) -> Column? {
        columns.first { $0.name == name }
    }
}

/// A file's columns and some or all of its rows.
package struct Table: Hashable, Sendable {
    /// The columns in the file's order, each with the rows that were taken, in the file's order.
    package let columns: [Column]
    /// How many rows the file has; the columns may have fewer.
    package let fileRowCount: Int

    /// A table of `columns`, which have the same length.
    ///
    /// - Parameters:
    ///   - columns: at least one, with distinct names.
    ///   - fileRowCount: the rows of the file that they are a sample of; nil when they are all of them.
    package init(columns: [Column], fileRowCount: Int? = nil) {
        let counts = Set(columns.map(\.count))
        precondition(counts.count == 1, "columns of one length")
        self.columns = columns
        self.fileRowCount = fileRowCount ?? counts.first ?? 0
    }

    /// How many rows the columns have.
    package var rowCount: Int { columns.first?.count ?? 0 }

    /// The first column called `name`, nil when none is.
    package func column(_ name: String) -> Column? {
        columns.first { $0.name == name }
    }
}

/// The format of a file.
package enum TableFormat: String, Hashable, Sendable {
    case parquet
    /// Comma-separated values with a header line; the separator and the types are found out. An empty field is missing.
    case csv
}
