import Analytics
import FoundationEssentials
import Testing

@Suite("Writing a table")
struct WriteParquetTests {
    @Test("as Parquet keeps values, names and what is missing")
    func roundTrip() async throws {
        let scratch = try Scratch()
        let database = AnalyticsDatabase.sample(folders: [scratch.path])
        let path = scratch.path + "/it's \"new\".parquet"
        let table = Table(columns: [
            Column(name: "a \"b\" c'd", values: .doubles([0.1, 0, .infinity]), missing: [1]),
            Column(name: "größe", values: .integers([.min, .max, 0]), missing: [2]),
            Column(name: "quote\"\u{301} and more", values: .integers([1, 2, 3])),
            Column(name: "select", values: .booleans([true, false, true])),
            Column(name: "🙂", values: .texts(["", "longer than twelve bytes", "\u{0}"])),
            Column(name: "at", values: .timestamps([-1, 0, 1_709_209_815_123_456])),
        ])
        try await database.writeParquet(table, to: path)
        #expect(try await database.readTable(at: path, format: .parquet, sampleRowsMax: 10) == table)
        let shorter = Table(columns: [Column(name: "a", values: .integers([1]))])
        try await database.writeParquet(shorter, to: path)
        #expect(try await database.readTable(at: path, format: .parquet, sampleRowsMax: 10) == shorter)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["it's \"new\".parquet"])
    }

    @Test("outside the folders, or with columns that can't be told apart, is refused")
    func refused() async throws {
        let scratch = try Scratch()
        let database = AnalyticsDatabase.sample()
        let column = Column(name: "a", values: .integers([1]))
        await #expect(throws: AnalyticsError.self) {
            try await database.writeParquet(Table(columns: [column]), to: scratch.path + "/a.parquet")
        }
        let twice = Table(columns: [column, Column(name: "A", values: .integers([1]))])
        let unread = Table(columns: [Column(name: "a", values: .unread(1))])
        for table in [twice, unread] {
            await #expect(throws: AnalyticsError.self) {
                try await database.writeParquet(table, to: fixtures + "/a.parquet")
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: fixtures + "/a.parquet"))
    }
}
