package import Analytics
package import Kernel
package import Statistics

/// What a version's inputs looked like when it was trained: the side of a comparison that does not change.
package struct ReferenceProfile: Sendable, Equatable {
    /// The version.
    package let version: MonitoredVersion
    /// When the reference was read.
    package let capturedAt: Timestamp
    /// How many rows it was made of.
    package let rowCount: Int
    /// Its columns in the order of the file.
    package let columns: [ReferenceColumn]
}

/// One column of a reference.
package struct ReferenceColumn: Sendable, Equatable {
    /// What is kept of it.
    package enum Content: Sendable, Equatable {
        case numeric(NumericReference)
        case categorical(CategoricalReference)
    }

    /// The column's name.
    package let name: String
    /// What is kept of it.
    package let content: Content
}

extension SampleTable {
    /// The most rows of a file that are read; a longer file is sampled.
    package static let rowsMax = 10_000
    /// How many categories of a column keep a bin of their own.
    static let categoriesMax = 100

    /// What is kept of the table. A column without a value is left out: nothing can be compared with it.
    func profile(of version: MonitoredVersion, at time: Timestamp) throws(StatisticsError) -> ReferenceProfile {
        var kept: [ReferenceColumn] = []
        for column in columns {
            do throws(StatisticsError) {
                let content: ReferenceColumn.Content =
                    switch column.values {
                    case .numbers(let numbers): .numeric(try NumericReference(SortedSample(numbers)))
                    case .texts(let texts):
                        .categorical(
                            try CategoricalReference(CategoryCounts(texts), categoryLimit: Self.categoriesMax)
                        )
                    }
                kept.append(ReferenceColumn(name: column.name, content: content))
            } catch .emptySample {
                continue
            }
        }
        return ReferenceProfile(version: version, capturedAt: time, rowCount: rowCount, columns: kept)
    }
}
