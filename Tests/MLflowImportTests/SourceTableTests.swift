import Database
import TestSupport
import Testing

@testable import MLflowImport

@Suite("A table is read in pages by its key")
struct SourceTableTests {
    private static let metrics = Migration(
        "mlflow.V001_create_metrics",
        [
            "CREATE TABLE experiments (experiment_id BIGINT PRIMARY KEY)",
            "CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, experiment_id BIGINT NOT NULL)",
            "INSERT INTO experiments VALUES (1)",
            "INSERT INTO runs VALUES ('r1', 1), ('r2', 1), ('stray', 2)",
            """
            CREATE TABLE metrics (
                key VARCHAR(250) NOT NULL,
                value DOUBLE PRECISION NOT NULL,
                timestamp BIGINT NOT NULL,
                run_uuid VARCHAR(32) NOT NULL,
                step BIGINT NOT NULL,
                is_nan BOOLEAN NOT NULL,
                PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan)
            )
            """,
            "CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid)",
            """
            INSERT INTO metrics (run_uuid, key, step, timestamp, value, is_nan) VALUES
                ('r1', 'a', 1, 5, 0, false), ('r1', 'a', 1, 5, 0, true), ('r1', 'a', 1, 5, -2.5, false),
                ('r1', 'a', 2, 4, 1, false), ('r1', 'b', 1, 5, 0, false), ('r2', 'a', 0, 0, 1e300, false),
                ('r2', 'a', -9223372036854775807, 0, 0.1, false),
                ('stray', 'a', 0, 0, 1, false), ('gone', 'a', 0, 0, 1, false)
            """,
        ]
    )

    @Test("Every row comes once, whatever the size of the pages", arguments: DatabaseBackend.allCases)
    func pages(backend: DatabaseBackend) async throws {
        try await withTestDatabaseURI(backend) { uri in
            let database = try DatabaseLocation.open(uri)
            try await database.migrate([Self.metrics])
            await database.close()
            let reader = try DatabaseReader(uri)
            let table = SourceTables(.workspaces).metrics
            for limit in 1...8 {
                var rows: [[SQLValue]] = []
                var cursor = SourceCursor()
                try await SourceReader(database: reader, table: table).forEachPage(limit: limit) { page in
                    rows += page.map(\.values)
                    // A place that was written down and read again is the same place.
                    cursor = try SourceCursor(SourceCursor(after: table.key(of: page[page.count - 1])).text)
                }
                #expect(rows.count == 7)
                #expect(Set(rows).count == 7)
                let (last, rest) = (cursor.key, cursor)
                #expect(last == rows.last)
                try await SourceReader(database: reader, table: table).forEachPage(after: rest) { page in
                    Issue.record("there is nothing after the last row, yet \(page.count) came")
                }
            }
            #expect(try await reader.read { try table.countStray(on: $0) } == 2)
            await reader.close()
        }
    }

    @Test("Versions of MLflow are known by their place in its history")
    func revisions() throws {
        let newest = try #require(MLflowRevision("f4a9b2c7d1e6"))
        let before = try #require(MLflowRevision("dc11669786a5"))
        let oldest = try #require(MLflowRevision("97727af70f4d"))
        #expect(MLflowRevision("7f2a7d5fae7d") == .inputs)
        #expect(MLflowRevision("acf3f17fdcc7") == .storageLocations)
        #expect(MLflowRevision("400f98739977") == .loggedModels)
        #expect(MLflowRevision("6953534de441") == .inputSteps)
        #expect(MLflowRevision("1b5f0d9ad7c1") == .workspaces)
        #expect(MLflowRevision("3500859a5d39") == .aliases)
        #expect(oldest < .aliases && .workspaces < before && before < newest)
        #expect(MLflowRevision("bd07f7e963c5") == nil)
        #expect(SourceTables(oldest).datasetInputs == nil)
    }
}
