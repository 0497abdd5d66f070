import Glibc

extension AnalyticsDatabase {
    /// A file's columns, and its rows or a sample of them.
    ///
    /// Where the file has more rows than asked for, they are drawn without replacement, each row as likely as any
    /// other; the same file, bound and seed give the same rows. The file is read twice; memory is needed for the sample
    /// only. The types of a CSV file's columns are those of its first 200,000 rows, or of all rows when a later row does
    /// not fit them: then it is read four times, and much more slowly.
    /// - Parameters:
    ///   - path: absolute, below the database's folders; any characters, none of them a wildcard.
    ///   - format: how to read it.
    ///   - sampleRowsMax: rows to take at most, 1 or more.
    ///   - seed: which of the samples.
    ///   - deadline: as in ``query(_:_:deadline:)``.
    /// - Returns: the columns with the rows in the file's order, and how many rows the file has.
    /// - Throws: ``AnalyticsError``: `fileUnavailable` when there is no such file or it may not be read,
    ///   `fileUnreadable` when it has another format, `resultTooLarge` when the sample has too many values;
    ///   `CancellationError`.
    package nonisolated func readTable(
        at path: String,
        format: TableFormat,
        sampleRowsMax: Int,
        seed: Int64 = 0,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> Table {
        precondition(sampleRowsMax > 0, "a sample has a row")
        return try await perform(deadline) { session in
            var status = stat()
            guard path.hasPrefix("/"), access(path, R_OK) == 0, stat(path, &status) == 0,
                status.st_mode & S_IFMT == S_IFREG
            else { throw AnalyticsError(.fileUnavailable, "no file to read at \(path)") }
            guard status.st_size > 0 else { throw AnalyticsError(.fileUnreadable, "\(path) is empty") }
            var failure = AnalyticsError(.fileUnreadable, "no way to read \(path)")
            for source in format.sources {
                do {
                    return try session.readTable(at: path, source: source, sampleRowsMax: sampleRowsMax, seed: seed)
                } catch let error as AnalyticsError where error.code == .failed {
                    failure = AnalyticsError(.fileUnreadable, error.message)
                }
            }
            throw failure
        }
    }
}

extension AnalyticsSession {
    /// DuckDB's own reservoir sampling is not used: release 2.0 favours the first rows when the sample is small.
    /// Instead each row's number is hashed with the seed, and the rows with the smallest hashes are taken. Only rows
    /// below a hash that slightly more rows than wanted fall under are kept on the way.
    fileprivate func readTable(at path: String, source: AnalyticsSQL, sampleRowsMax: Int, seed: Int64) throws -> Table {
        let file = AnalyticsValue.file(path)
        let counted = try run("SELECT count(*) FROM " + source, [file])
        guard let fileRowCount = counted.first?.integers?.first.flatMap({ $0 }).map(Int.init) else {
            throw AnalyticsError(.failed, "DuckDB did not count the rows")
        }
        guard fileRowCount > sampleRowsMax else {
            return Table(columns: try run("SELECT * FROM " + source, [file]), fileRowCount: fileRowCount)
        }
        // Eight standard deviations more than wanted; fewer than wanted would then come once in 10^15 samples.
        let wanted = Double(sampleRowsMax)
        let share = min(1, (wanted + 8 * wanted.squareRoot() + 64) / Double(fileRowCount))
        let numbered = "WITH numbered AS (SELECT *, row_number() OVER () AS \"martlet row\" FROM " + source + "), "
        let sampled = try run(
            numbered + """
                taken AS (
                    SELECT * FROM numbered WHERE hash("martlet row", $2)::DOUBLE <= $3
                    ORDER BY hash("martlet row", $2), "martlet row" LIMIT $4
                )
                SELECT * EXCLUDE ("martlet row") FROM taken ORDER BY "martlet row"
                """,
            [file, .integer(seed), .double(share * 0x1p64), .integer(Int64(sampleRowsMax))]
        )
        return Table(columns: sampled, fileRowCount: fileRowCount)
    }
}

extension TableFormat {
    /// The rows of the file `$1`, the quick way first. Folders called `name=value` on the way to it add no column.
    fileprivate var sources: [AnalyticsSQL] {
        switch self {
        case .parquet: ["read_parquet($1, hive_partitioning = false)"]
        case .csv:
            [
                "read_csv($1, header = true, sample_size = 200000, hive_partitioning = false)",
                "read_csv($1, header = true, sample_size = -1, hive_partitioning = false)",
            ]
        }
    }
}
