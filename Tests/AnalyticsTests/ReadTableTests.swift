import Analytics
import FoundationEssentials
import Testing

@Suite("Reading a table")
struct ReadTableTests {
    let database = AnalyticsDatabase.sample()

    private func read(_ file: String, _ format: TableFormat = .parquet, max: Int = 1_000_000) async throws -> Table {
        try await database.readTable(at: "\(fixtures)/\(file)", format: format, sampleRowsMax: max)
    }

    @Test("gives Parquet's types their meaning and keeps what is missing apart")
    func types() async throws {
        let table = try await read("types.parquet")
        #expect(table.fileRowCount == 3 && table.rowCount == 3)
        func column(_ name: String) throws -> Column { try #require(table.column(name), "\(name)") }

        #expect(try column("bool").booleans == [true, false, nil])
        for (name, low, high) in [
            ("int8", -128, 127), ("int16", -32768, 32767), ("int32", -1 << 31, 1 << 31 - 1), ("int64", .min, .max),
            ("uint8", 0, 255), ("uint16", 0, 65535), ("uint32", 0, 1 << 32 - 1),
        ] as [(String, Int64, Int64)] {
            #expect(try column(name).integers == [low, high, nil], "\(name)")
        }
        for (name, first, second) in [
            ("uint64", 0, 0x1p64), ("float64", 0.1, -.infinity), ("decimal4", -12.34, 99.99),
            ("decimal9", -123456.789, 0.001), ("decimal18", -12345678901234.5, 0.1),
            ("decimal38", -1.23456789012345678901225e21, 1),
        ] as [(String, Double, Double)] {
            #expect(try column(name).numbers == [first, second, nil], "\(name)")
        }
        let floats = try #require(try column("float32").numbers)
        #expect(floats[0] == 0.5 && floats[1]?.isNaN == true && floats[2] == nil)
        #expect(try column("text").texts == ["twelve bytes", "more than twelve bytes: äöü €", nil])
        #expect(try column("category").texts == ["low", "a category of some length", nil])
        let moment: Int64 = 1_709_209_815_123_456
        for (name, first, second) in [
            ("date", 1_709_164_800_000_000, -86_400_000_000), ("seconds", 1_709_209_815_000_000, -1_000_000),
            ("millis", 1_709_209_815_123_000, -315_619_200_000_000), ("micros", moment, -315_619_200_000_000),
            ("nanos", moment, -1),
        ] as [(String, Int64, Int64)] {
            #expect(try column(name).integers == [first, second, nil], "\(name)")
            #expect(try column(name).logicalType == .timestamp)
        }
        #expect(try column("zoned").logicalType == .timestamp)
        for name in ["bytes", "list", "struct"] {
            #expect(try column(name).values == .unread(3), "\(name)")
            #expect(try column(name).logicalType == .other)
        }
        #expect(try column("nothing").missingCount == 3)
    }

    @Test("finds out the types of a CSV file as pandas writes it")
    func csv() async throws {
        let table = try await read("frame.csv", .csv)
        #expect(table.columns.map(\.name) == ["id", "score", "active", "city", "seen"])
        #expect(table.columns.map(\.logicalType) == [.numeric, .numeric, .boolean, .text, .timestamp])
        #expect(table.column("id")?.integers == [1, 2, 3, 4])
        #expect(table.column("score")?.numbers == [0.5, nil, .infinity, -1e300])
        #expect(table.column("active")?.booleans == [true, false, nil, true])
        #expect(table.column("city")?.texts == ["Köln", nil, nil, "says \"hi\", twice"])
        #expect(table.column("seen")?.integers == [1_704_164_645_000_000, nil, -86_400_000_000, 1_709_251_199_500_000])
    }

    @Test("reads what pandas writes as Parquet")
    func pandas() async throws {
        let table = try await read("frame.parquet")
        #expect(table.column("score")?.numbers == [0.5, nil, .infinity, -1e300])
        #expect(table.column("active")?.booleans == [true, false, nil, true])
        #expect(table.column("city")?.texts == ["Köln", "", nil, "says \"hi\", twice"])
        #expect(table.column("seen")?.logicalType == .timestamp)
    }

    @Test(
        "keeps names whatever they are",
        arguments: [("names.parquet", .parquet), ("names.csv", .csv)] as [(String, TableFormat)]
    )
    func names(file: String, format: TableFormat) async throws {
        let names = ["größe", "naïve \"quoted\"", "with, comma", "日本語", "🙂", "a'b", "select"]
        let table = try await read(file, format)
        #expect(table.columns.map(\.name) == names)
        for (index, name) in names.enumerated() {
            #expect(table.column(name)?.integers == [Int64(index), Int64(index + 1)])
        }
        let sample = try await read(file, format, max: 1)
        #expect(sample.columns.map(\.name) == names)
        #expect(sample.fileRowCount == 2 && sample.rowCount == 1)
    }

    @Test("gives the columns of a file without rows")
    func empty() async throws {
        let table = try await read("empty.parquet")
        #expect(table.fileRowCount == 0 && table.rowCount == 0)
        #expect(table.columns.map(\.name) == ["row", "third", "word"])
        #expect(table.columns.map(\.logicalType) == [.numeric, .numeric, .text])
    }

    @Test(
        "gives a CSV file without rows its columns, and none to one without a header",
        arguments: [("a,b\n", ["a", "b"]), ("a\n", ["a"]), ("", nil)] as [(String, [String]?)]
    )
    func shortFiles(text: String, names: [String]?) async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/short.csv"
        try Data(text.utf8).write(to: URL(filePath: path))
        let database = AnalyticsDatabase.sample(folders: [scratch.path])
        if let names {
            let table = try await database.readTable(at: path, format: .csv, sampleRowsMax: 10)
            #expect(table.columns.map(\.name) == names)
            #expect(table.fileRowCount == 0)
        } else {
            let error = await #expect(throws: AnalyticsError.self) {
                try await database.readTable(at: path, format: .csv, sampleRowsMax: 10)
            }
            #expect(error?.code == .fileUnreadable, "\(String(describing: error))")
        }
    }

    @Test("looks at the whole of a CSV file when a late row has another type")
    func lateFraction() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/late.csv"
        let lines = ["number,text"] + (0..<250_000).map { "\($0),\($0)" } + ["0.5,none"]
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: path))
        let table = try await AnalyticsDatabase.sample(folders: [scratch.path])
            .readTable(at: path, format: .csv, sampleRowsMax: 300_000)
        #expect(table.columns.map(\.logicalType) == [.numeric, .text])
        #expect(table.column("number")?.numbers?.last == 0.5)
    }

    @Test(
        "takes a path as it is written",
        arguments: [
            "it's \"quoted\".parquet", "[1]*?.parquet", "*\u{301}.parquet", "a[!b].parquet", "**/x.parquet",
            "ü 日本 🙂.parquet",
            "year=2024/month=2/part.parquet", "{a,b}.parquet", "$1;--.parquet", "~.parquet", "%20+.parquet",
            "no-extension", "looks.csv", "looks.parquet.gz",
        ]
    )
    func paths(name: String) async throws {
        let scratch = try Scratch()
        let database = AnalyticsDatabase.sample(folders: [scratch.path])
        // What the name would match as a pattern is another file.
        _ = try scratch.copy("empty.parquet", to: "1xy.parquet")
        let path = try scratch.copy("rows.parquet", to: name)
        let table = try await database.readTable(at: path, format: .parquet, sampleRowsMax: 10)
        #expect(table.fileRowCount == 10_000 && table.rowCount == 10)
        #expect(table.columns.map(\.name) == ["row", "third", "word"])
    }

    @Test("says when there is no file", arguments: ["missing.parquet", "*.parquet", "rows.parquet/x", ""])
    func missing(name: String) async {
        let error = await #expect(throws: AnalyticsError.self) { try await read(name) }
        #expect(error?.code == .fileUnavailable, "\(String(describing: error))")
    }

    @Test(
        "says when the file is something else",
        arguments: [
            ("frame.csv", .parquet), ("damaged.parquet", .parquet), ("write.py", .parquet), ("rows.parquet", .csv),
        ] as [(String, TableFormat)]
    )
    func otherFormat(file: String, format: TableFormat) async throws {
        let error = await #expect(throws: AnalyticsError.self) { try await read(file, format) }
        #expect(error?.code == .fileUnreadable, "\(String(describing: error))")
        #expect(try await read("rows.parquet").rowCount == 10_000)
    }

    @Test("refuses a file outside its folders, and a relative path")
    func outside() async throws {
        let scratch = try Scratch()
        let path = try scratch.copy("rows.parquet", to: "rows.parquet")
        for path in [path, "rows.parquet", "file://" + path] {
            let error = await #expect(throws: AnalyticsError.self) {
                try await database.readTable(at: path, format: .parquet, sampleRowsMax: 1)
            }
            #expect(error?.code == .fileUnavailable, "\(String(describing: error))")
        }
    }
}

@Suite("A sample of a table")
struct SampleTests {
    let database = AnalyticsDatabase.sample()

    private func rows(max: Int, seed: Int64) async throws -> [Int64] {
        let path = "\(fixtures)/rows.parquet"
        let table = try await database.readTable(at: path, format: .parquet, sampleRowsMax: max, seed: seed)
        #expect(table.fileRowCount == 10_000)
        let rows = try #require(table.column("row")?.integers).compactMap(\.self)
        // Whole rows are taken: the columns stay together.
        let words = rows.map { ["zero", "one", "two", "a rather long word"][Int($0 % 4)] }
        #expect(table.column("word")?.texts == words)
        #expect(table.column("third")?.numbers == rows.map { $0 % 3 == 0 ? Double($0) / 3 : nil })
        return rows
    }

    @Test("has as many rows as wanted, each once, in the file's order", arguments: [1, 2, 5, 100, 2500, 9_999, 10_000])
    func size(max: Int) async throws {
        for seed in 0..<5 as Range<Int64> {
            let rows = try await rows(max: max, seed: seed)
            #expect(rows.count == max)
            #expect(zip(rows, rows.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test("is the same for the same seed, and another for another")
    func seeds() async throws {
        let first = try await rows(max: 50, seed: 1)
        #expect(try await rows(max: 50, seed: 1) == first)
        let other = try await AnalyticsDatabase.sample()
            .readTable(at: "\(fixtures)/rows.parquet", format: .parquet, sampleRowsMax: 50, seed: 1)
        #expect(other.column("row")?.integers == first.map(Optional.some))
        #expect(try await rows(max: 50, seed: 2) != first)
        #expect(try await rows(max: 50, seed: -1) != first)
    }

    @Test("takes each part of the file as often as any other", arguments: [5, 100, 1000])
    func fairness(max: Int) async throws {
        var counts = [Int](repeating: 0, count: 10)
        let samples = 1000 / max + 10
        for seed in 0..<Int64(samples) {
            for row in try await rows(max: max, seed: seed) { counts[Int(row) / 1000] += 1 }
        }
        let expected = Double(samples * max) / 10
        let chiSquare = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        // Nine degrees of freedom: above 33.7 once in ten thousand. The seeds are fixed.
        #expect(chiSquare < 33.7, "\(counts)")
    }

    @Test("of a CSV file is that of the same rows in Parquet")
    func csv() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/rows.csv"
        let lines = ["row,text"] + (0..<10_000).map { "\($0),\"line \($0)\"" }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: path))
        let table = try await AnalyticsDatabase.sample(folders: [scratch.path])
            .readTable(at: path, format: .csv, sampleRowsMax: 100, seed: 3)
        #expect(table.fileRowCount == 10_000)
        #expect(try await table.column("row")?.integers == rows(max: 100, seed: 3).map(Optional.some))
    }
}
