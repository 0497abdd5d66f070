import Analytics
import NativeLibraries
import Testing

@Suite("A query")
struct QueryTests {
    let database = AnalyticsDatabase.sample()

    @Test("gives its parameters back as they were bound")
    func parameters() async throws {
        let text = "it's \"quoted\"; -- and longer than twelve bytes 🙂"
        let row = try await database.row(
            "SELECT $1, $2, $3, $4, $5, $6::VARCHAR",
            [.boolean(true), .integer(.min), .double(-0.1), .text(text), "", .null]
        )
        #expect(
            row == [.booleans([true]), .integers([.min]), .doubles([-0.1]), .texts([text]), .texts([""]), .texts([""])]
        )
        let missing = try await database.query("SELECT $1::VARCHAR AS a", [.null])
        #expect(missing.column("a")?.texts == [nil])
        #expect(try await database.row("SELECT $1", ["a\0b"]) == [.texts(["a\0b"])])
    }

    @Test("reads every type of number, time and truth value")
    func types() async throws {
        #expect(
            try await database.row("SELECT 1::HUGEINT << 100, -(1::HUGEINT << 100), (1::UHUGEINT << 127), 1.25, NULL")
                == [.doubles([0x1p100]), .doubles([-0x1p100]), .doubles([0x1p127]), .doubles([1.25]), .unread(1)]
        )
        #expect(
            try await database.row(
                "SELECT 'infinity'::DATE, '-infinity'::DATE, 'infinity'::TIMESTAMP, '1970-01-02'::DATE"
            )
                == [.timestamps([.max]), .timestamps([.min]), .timestamps([.max]), .timestamps([86_400_000_000])]
        )
        #expect(
            try await database.row("SELECT 'a'::ENUM ('a', 'b'), [1], '12:00'::TIME, uuid(), INTERVAL 1 DAY")
                == Array(repeating: .unread(1), count: 5)
        )
    }

    @Test("reads constant, repeated and ordinary values over many chunks")
    func chunks() async throws {
        let result = try await database.query(
            """
            SELECT 'the same text in all rows' AS same, 7 AS seven, NULL::DOUBLE AS nothing, i,
                CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS gaps, i % 5 = 0 AS fifth
            FROM range(5000) t(i)
            """
        )
        #expect(result.rowCount == 5000)
        #expect(result.columns.map(\.name) == ["same", "seven", "nothing", "i", "gaps", "fifth"])
        #expect(result.columns[0].texts == Array(repeating: "the same text in all rows", count: 5000))
        #expect(result.columns[1].integers == Array(repeating: 7, count: 5000))
        #expect(result.columns[2].missingCount == 5000)
        #expect(result.columns[3].values == .integers(Array(0..<5000)))
        let gaps = try #require(result.columns[4].integers)
        #expect(gaps.indices.filter { gaps[$0] != ($0 % 3 == 0 ? nil : Int64($0)) } == [])
        #expect(result.columns[4].missingCount == 1667)
        let fifth = try #require(result.columns[5].booleans)
        #expect(fifth.indices.filter { fifth[$0] != ($0 % 5 == 0) } == [])
    }

    @Test("that gives no rows has its columns")
    func empty() async throws {
        let result = try await database.query("SELECT 1 AS one, 'a' AS text WHERE false")
        #expect(result.rowCount == 0)
        #expect(result.columns.map(\.logicalType) == [.numeric, .text])
    }

    @Test(
        "that is wrong says why",
        arguments: [
            ("SELEC 1", "syntax error"), ("SELECT nothing", "nothing"), ("SELECT 1; SELECT 2", "multiple"),
            ("SELECT $1", "parameter"), ("SELECT 'x'::INTEGER", "Conversion"),
        ] as [(AnalyticsSQL, String)]
    )
    func wrong(sql: AnalyticsSQL, reason: String) async throws {
        let error = await #expect(throws: AnalyticsError.self) { try await database.query(sql) }
        #expect(error?.code == .failed)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(try await database.row("SELECT 1") == [.integers([1])])
    }

    @Test("can't bind a parameter that it does not have")
    func superfluous() async {
        let error = await #expect(throws: AnalyticsError.self) { try await database.query("SELECT 1", [2]) }
        #expect(error?.message == "the statement has no parameter $1")
    }

    @Test("sees nothing of the machine but its folders, and can't change that")
    func confinement() async throws {
        for path in ["/etc/passwd", "\(fixtures)/../../../../../../../../etc/passwd", "https://127.0.0.1:1/a.csv"] {
            await #expect(throws: AnalyticsError.self) { try await database.query("FROM read_csv($1)", [.text(path)]) }
            await #expect(throws: AnalyticsError.self) { try await database.query("FROM read_text($1)", [.text(path)]) }
        }
        for sql in [
            "SET enable_external_access = true", "SET memory_limit = '10GB'", "SET allowed_directories = ['/']",
            "INSTALL httpfs", "LOAD httpfs", "ATTACH '/tmp/a.duckdb'",
            "COPY (SELECT 1) TO '/tmp/martlet-analytics.csv'",
            "COPY (SELECT 1) TO '/dev/null'", "SET lock_configuration = false",
        ] as [AnalyticsSQL] {
            await #expect(throws: AnalyticsError.self, "\(sql)") { try await database.query(sql) }
        }
        await #expect(throws: AnalyticsError.self) { try await database.query("FROM glob($1)", ["/etc/*"]) }
    }
}

@Suite("A query's bounds")
struct QueryBoundTests {
    @Test("end it when its time is over, and the database goes on")
    func deadline() async throws {
        let database = AnalyticsDatabase.sample()
        let clock = ContinuousClock()
        let started = clock.now
        let error = await #expect(throws: AnalyticsError.self) {
            try await database.query(
                "SELECT sum(hash(a.range + b.range)) FROM range(1000000) a, range(1000000) b",
                deadline: started + .milliseconds(200)
            )
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(clock.now - started < .seconds(20))
        #expect(try await database.row("SELECT 1") == [.integers([1])])
        let late = await #expect(throws: AnalyticsError.self) {
            try await database.query("SELECT 1", deadline: clock.now - .seconds(1))
        }
        #expect(late?.code == .deadlineExceeded)
    }

    @Test("end it when its task is cancelled")
    func cancellation() async throws {
        let database = AnalyticsDatabase.sample()
        let query = Task {
            try await database.query("SELECT sum(hash(a.range + b.range)) FROM range(1000000) a, range(1000000) b")
        }
        query.cancel()
        await #expect(throws: CancellationError.self) { try await query.value }
        #expect(try await database.row("SELECT 1") == [.integers([1])])
    }

    @Test("refuse a result that is too large, and more memory than allowed")
    func size() async throws {
        var limits = AnalyticsDatabase.Limits()
        limits.valuesMax = 10_000
        limits.memoryBytesMax = 64 * 1024 * 1024
        let database = AnalyticsDatabase.sample(limits: limits)
        #expect(try await database.query("SELECT range, range FROM range(5000)").rowCount == 5000)
        let large = await #expect(throws: AnalyticsError.self) {
            try await database.query("SELECT range, range FROM range(5001)")
        }
        #expect(large?.code == .resultTooLarge)
        let memory = await #expect(throws: AnalyticsError.self) {
            try await database.query("SELECT range FROM range(50000000) ORDER BY hash(range) LIMIT 1 OFFSET 40000000")
        }
        #expect(memory?.code == .outOfMemory, "\(String(describing: memory))")
        #expect(try await database.row("SELECT 1") == [.integers([1])])
    }

    @Test("refuse more queries at one time than may wait")
    func busy() async throws {
        var limits = AnalyticsDatabase.Limits()
        limits.queriesMax = 2
        let database = AnalyticsDatabase.sample(limits: limits)
        let outcomes = await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { () -> AnalyticsError.Code? in
                    do {
                        _ = try await database.query("SELECT sum(hash(range)) FROM range(3000000)")
                        return nil
                    } catch {
                        return (error as? AnalyticsError)?.code ?? .failed
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 8)
        #expect(outcomes.contains(nil) && outcomes.contains(.busy))
        #expect(outcomes.allSatisfy { $0 == nil || $0 == .busy })
        #expect(try await database.row("SELECT 1") == [.integers([1])])
    }
}

@Suite("A database", .serialized)
struct DatabaseLifeTests {
    @Test("whose library is missing is made all the same, and says at its first use what to do")
    func missingLibrary() async {
        let catalog = NativeLibraryCatalog(environment: ["MARTLET_NATIVE_DIR": "/nonexistent"])
        let database = AnalyticsDatabase(libraries: catalog, folders: [])
        let error = await #expect(throws: AnalyticsError.self) { try await database.query("SELECT 1") }
        #expect(error?.code == .libraryUnavailable)
        #expect(error?.message.contains("DuckDB 2.0.0 is not installed") == true)
        #expect(error?.message.contains("make setup") == true)
    }

    @Test("can be opened and closed many times in the same memory")
    func reopened() async {
        // In a process of its own: what other tests take at the same time would count as a leak.
        await #expect(processExitsWith: .success) {
            func openAndClose() async throws {
                let database = AnalyticsDatabase.sample()
                let result = try await database.query(
                    "SELECT count(*) FROM read_parquet($1)",
                    [.text(fixtures + "/rows.parquet")]
                )
                #expect(result.columns[0].integers == [10_000])
                await #expect(throws: AnalyticsError.self) { try await database.query("SELEC") }
            }
            for _ in 0..<10 { try await openAndClose() }
            // The heap grows by steps now and then; a leak would show in every round.
            var grownBytesMin = Int.max
            for _ in 0..<4 {
                let before = try residentBytes()
                for _ in 0..<15 { try await openAndClose() }
                grownBytesMin = try min(grownBytesMin, residentBytes() - before)
            }
            #expect(grownBytesMin < 1_000_000, "grew by \(grownBytesMin) bytes or more in each round")
        }
    }
}
