import Glibc

/// A file whose rows are read one after the other.
struct ScannedFile: Sendable {
    private static let headerBytesMax = 1 << 20

    /// An absolute path.
    let path: String
    let format: TableFormat

    /// The folder that it lies in.
    var folder: String { String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) + "/" }

    /// The rows, the file being parameter 1; every cell of CSV as its text.
    ///
    /// The columns of CSV are those of its header, and not found out from what stands below it: a line with other cells
    /// than so many is wrong, and not one more column, nor one that somebody cut off.
    /// - Throws: `fileUnavailable`; `fileUnreadable` for CSV without a header.
    var source: AnalyticsSQL {
        get throws(AnalyticsError) {
            var status = stat()
            guard path.hasPrefix("/"), access(path, R_OK) == 0, stat(path, &status) == 0,
                status.st_mode & S_IFMT == S_IFREG
            else { throw AnalyticsError(.fileUnavailable, "no file to read at \(path)") }
            guard format == .csv else { return "read_parquet($1, hive_partitioning = false)" }
            let columns = try header().map { AnalyticsSQL.identifier($0) + ": 'VARCHAR'" }
            return "read_csv($1, columns = {" + .list(columns) + """
                }, auto_detect = false, header = true, skip = 0, delim = ',', quote = '"', escape = '"',
                null_padding = false, parallel = false, hive_partitioning = false)
                """
        }
    }

    private func header() throws(AnalyticsError) -> [String] {
        guard let file = fopen(path, "rb") else {
            throw AnalyticsError(.fileUnavailable, "no file to read at \(path)")
        }
        defer { fclose(file) }
        // One more than may be: a header of just so many bytes then has its end among them.
        var bytes = [UInt8](repeating: 0, count: Self.headerBytesMax + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else {
            throw AnalyticsError(.fileUnavailable, "\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let start = bytes.starts(with: mark) ? mark.count : 0
        let first = Self.record(bytes[start..<count])
        if count == bytes.count, first?.hasEnd != true {
            let bound = "\(Self.headerBytesMax >> 20) MiB"
            throw AnalyticsError(.fileUnreadable, "\(path) is no table: its first line is longer than \(bound)")
        }
        guard count > start, let names = first?.cells, names != [""] else {
            throw AnalyticsError(.fileUnreadable, "\(path) does not begin with a line of column names")
        }
        var seen: Set<String> = []
        for name in names where !name.isEmpty && !seen.insert(name.lowercased()).inserted {
            throw AnalyticsError(.fileUnreadable, "\(path) has two columns \"\(name)\"; letters' cases do not count")
        }
        // pandas writes its index below no name, and reads it back under this one.
        return names.enumerated().map { $1.isEmpty ? "Unnamed: \($0)" : $1 }
    }

    /// The cells of the first record in `bytes` (RFC 4180), and whether a line break ends it; nil where a quote is not closed.
    static func record(_ bytes: ArraySlice<UInt8>) -> (cells: [String], hasEnd: Bool)? {
        let (quote, newline, carriage) = (UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        var cells: [[UInt8]] = [[]]
        var isQuoted = false
        var hasEnd = false
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case quote where isQuoted && rest.first == quote:
                cells[cells.count - 1].append(quote)
                rest.removeFirst()
            case quote where isQuoted || cells[cells.count - 1].isEmpty: isQuoted.toggle()
            case newline where !isQuoted, carriage where !isQuoted:
                hasEnd = true
                rest = []
            case UInt8(ascii: ",") where !isQuoted: cells.append([])
            default: cells[cells.count - 1].append(byte)
            }
        }
        return isQuoted ? nil : (cells.map { String(decoding: $0, as: UTF8.self) }, hasEnd)
    }
}
