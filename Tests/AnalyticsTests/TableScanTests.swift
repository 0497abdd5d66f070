import Analytics
import Foundation
import NativeLibraries
import Testing

@Suite("A scan of a file")
struct TableScanTests {
    private static let libraries = NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment)

    private static func write(_ sql: AnalyticsSQL, to path: String, in scratch: Scratch) async throws {
        _ = try await AnalyticsDatabase.sample(folders: [scratch.path]).query(sql, [.text(path)])
    }

    private static func scan(_ path: String, _ format: TableFormat) -> TableScan {
        TableScan(libraries: libraries, path: path, format: format)
    }

    @Test("gives all rows in their order, a chunk at a time")
    func chunks() async throws {
        let scratch = try Scratch()
        // One row group of some forty megabytes.
        let path = scratch.path + "/long *[x].parquet"
        try await Self.write(
            """
            COPY (SELECT range AS id, hash(range) AS a, hash(range + 1) AS b, hash(range + 2) AS c FROM range(1000000))
            TO $1 (FORMAT parquet, ROW_GROUP_SIZE 1000000)
            """,
            to: path,
            in: scratch
        )
        let scan = Self.scan(path, .parquet)
        #expect(try await scan.columns().map(\.name) == ["id", "a", "b", "c"])
        #expect(try await scan.rowCount() == 1_000_000)
        try await scan.start(["c", "id"])
        var next: Int64 = 0
        while let rows = try await scan.next() {
            #expect(rows.count <= 2_048)
            let ids = try #require(try rows.column(1).integers)
            let isOrdered = ids.enumerated().allSatisfy { $1 == next + Int64($0) }
            try #require(isOrdered, "after row \(next)")
            next += Int64(rows.count)
        }
        #expect(next == 1_000_000)
        #expect(try await scan.next() == nil)
    }

    @Test("gives rows that may be read when it is gone")
    func rowsAlone() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/words.parquet"
        try await Self.write(
            "COPY (SELECT 'longer than twelve bytes, ' || range AS word FROM range(3000)) TO $1 (FORMAT parquet)",
            to: path,
            in: scratch
        )
        func firstRows() async throws -> ScannedRows? {
            let scan = Self.scan(path, .parquet)
            try await scan.start(["word"])
            return try await scan.next()
        }
        let rows = try #require(try await firstRows())
        #expect(try rows.column(0).texts?[0] == "longer than twelve bytes, 0")
    }

    @Test("writes numbers of any width as single-precision ones, and nothing else")
    func floats() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/types.parquet"
        try await Self.write(
            """
            COPY (
                SELECT 1::TINYINT AS a, -2::INTEGER AS b, 3::BIGINT AS c, 4::UINTEGER AS d, 0.1::FLOAT AS e,
                    0.1::DOUBLE AS f, NULL::DOUBLE AS g, 1e300::DOUBLE AS h, 'x' AS i, true AS j, 1.5::DECIMAL(4, 1) AS k,
                    NULL::BIGINT AS l
            ) TO $1 (FORMAT parquet)
            """,
            to: path,
            in: scratch
        )
        let scan = Self.scan(path, .parquet)
        let names = try await scan.columns().map(\.name)
        try await scan.start(names)
        let rows = try #require(try await scan.next())
        func float(_ name: String, whole: ClosedRange<Double>? = nil) throws -> Float? {
            var value: Float = 0
            let index = try #require(names.firstIndex(of: name))
            let isWritten = try withUnsafeMutablePointer(to: &value) { target in
                try rows.writeFloats(of: index, to: target, stride: 1, whole: whole)
            }
            return isWritten ? value : nil
        }
        #expect(try ["a", "b", "c", "d", "e", "f"].map { try float($0) } == [1, -2, 3, 4, 0.1, 0.1])
        #expect(try float("g")?.isNaN == true)
        for name in ["h", "i", "j", "k"] { #expect(try float(name) == nil, "\(name)") }
        #expect(try float("c", whole: 0...3) == 3 && float("c", whole: 4...9) == nil)
        #expect(try float("l", whole: 0...3) == nil && float("e", whole: 0...3) == nil)
    }

    @Test("takes the cells of CSV as they stand")
    func csv() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/cells.csv"
        try Data(",id,text\r\n0,007,\"a, \"\"b\"\"\"\r\n1,008,\r\n\r\n".utf8).write(to: URL(filePath: path))
        let scan = Self.scan(path, .csv)
        #expect(try await scan.columns().map(\.name) == ["Unnamed: 0", "id", "text"])
        #expect(try await scan.columns().allSatisfy { $0.logicalType == .text })
        #expect(try await scan.rowCount() == nil)
        try await scan.start(["text", "id"])
        let rows = try #require(try await scan.next())
        #expect(try rows.column(1).texts == ["007", "008"] && rows.column(0).texts == ["a, \"b\"", nil])
    }

    @Test("says where lines of CSV are no table", arguments: ["1,a,b", "1"])
    func torn(_ line: String) async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/torn.csv"
        try Data(("id,text\n" + String(repeating: "1,a\n", count: 9) + line + "\n").utf8).write(to: URL(filePath: path))
        let error = await #expect(throws: AnalyticsError.self) {
            let scan = Self.scan(path, .csv)
            _ = try await scan.columns()
            try await scan.start(["id"])
            while try await scan.next() != nil {}
        }
        #expect(
            error?.code == .fileUnreadable && error?.message.contains("Line: 11") == true,
            "\(String(describing: error))"
        )
    }

    @Test("has rows that are written with what is put beside them, and parts that become one file")
    func written() async throws {
        let scratch = try Scratch()
        let source = scratch.path + "/in.parquet"
        try await Self.write(
            "COPY (SELECT range AS id, [range, NULL] AS list FROM range(3000)) TO $1 (FORMAT parquet)",
            to: source,
            in: scratch
        )
        let scan = Self.scan(source, .parquet)
        try await scan.start(["id", "list"])
        let writer = TableWriter(libraries: Self.libraries, rowsOf: scan, folders: [scratch.path])
        var parts: [String] = []
        while let rows = try await scan.next() {
            let columns = [WrittenColumn("y", .float), WrittenColumn("word", .text), WrittenColumn("fault", .text)]
            try await writer.begin(kept: ["list", "id"], written: columns)
            let numbers = (0..<rows.count).map { Float($0) }
            try await writer.append(
                rows,
                kept: [1, 0],
                written: [
                    .floats(numbers), .texts(numbers.map { "\($0), a longer text" }), .texts(numbers.map { _ in "x" }),
                ],
                missing: [nil, (0..<rows.count).map { $0 == 1 }, (0..<rows.count).map { $0 != 0 }]
            )
            parts.append("\(scratch.path)/part-\(parts.count).parquet")
            try await writer.finish(to: parts[parts.count - 1], leavingRowsWith: "fault")
        }
        #expect(parts.count == 2)
        let whole = scratch.path + "/out.parquet"
        let types = try await writer.join(
            parts,
            columns: ["list", "id", "y", "word"],
            to: whole,
            .parquet,
            rowGroupRowsMax: 2_048
        )
        #expect(types == ["BIGINT[]", "BIGINT", "FLOAT", "VARCHAR"])
        let database = AnalyticsDatabase.sample(folders: [scratch.path])
        let table = try await database.readTable(at: whole, format: .parquet, sampleRowsMax: 5_000)
        let ids = try #require(table.column("id")?.integers)
        #expect(
            ids.count == 2_998 && !ids.contains(0) && !ids.contains(2_048)
                && ids == ids.sorted { ($0 ?? 0) < ($1 ?? 0) }
        )
        #expect(table.column("word")?.texts?[0] == nil && table.column("word")?.texts?[1] == "2.0, a longer text")
    }

    @Test("refuses a CSV file with two columns of one name")
    func twins() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/twins.csv"
        try Data("id,ID\n1,2\n".utf8).write(to: URL(filePath: path))
        let error = await #expect(throws: AnalyticsError.self) { _ = try await Self.scan(path, .csv).columns() }
        #expect(error?.code == .fileUnreadable && error?.message.contains("two columns \"ID\"") == true)
    }

    @Test("tells a CSV file that can't be read from one that is no table")
    func unreadable() async {
        // A file by all that is told of it, with nothing at its beginning that may be read.
        let error = await #expect(throws: AnalyticsError.self) {
            _ = try await Self.scan("/proc/self/mem", .csv).columns()
        }
        #expect(error?.code == .fileUnavailable && error?.message.contains("can't be read: ") == true)
    }

    @Test("refuses a CSV file whose first line never ends, and takes one of just a mebibyte")
    func longHeader() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/long.csv"
        let bytesMax = 1 << 20
        try Data(("id," + String(repeating: "x", count: bytesMax) + "\n1,2\n").utf8).write(to: URL(filePath: path))
        let error = await #expect(throws: AnalyticsError.self) { _ = try await Self.scan(path, .csv).columns() }
        #expect(
            error?.code == .fileUnreadable && error?.message.hasSuffix("its first line is longer than 1 MiB") == true
        )
        let name = String(repeating: "x", count: bytesMax - 3)
        try Data(("id," + name + "\n1,2\n").utf8).write(to: URL(filePath: path))
        #expect(try await Self.scan(path, .csv).columns().map(\.name.utf8.count) == [2, bytesMax - 3])
    }

    @Test(
        "knows where a quote of a CSV file stands that nothing closes",
        arguments: [
            ("a,b\n1,2\n", nil), ("a,b\n\"1\n2\",\"\"\n", nil), ("a\n5\" pipe\n", nil), ("\"a \"\"b\"\"\"\n", nil),
            ("a,b\n\"1,2\n3,4\n", 5), ("a\n\"\"\"", 3), ("\u{FEFF}\"a", 4), ("", nil),
        ] as [(String, Int?)]
    )
    func quotes(_ text: String, _ place: Int?) {
        let bytes = Array(text.utf8)
        // However the bytes come.
        for size in 1...max(1, bytes.count) {
            var quotes = CSVQuotes()
            for start in stride(from: 0, to: bytes.count, by: size) {
                bytes[start..<min(bytes.count, start + size)].withUnsafeBytes { quotes.read($0) }
            }
            #expect(quotes.openAt == place, "in pieces of \(size)")
        }
    }
}
