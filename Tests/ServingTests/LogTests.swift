import Database
import Inference
import Kernel
import Ledger
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Serving

@Suite("The prediction log")
struct LogTests {
    @Test("writes what was appended before it is asked, newest first", arguments: DatabaseBackend.allCases)
    func writes(backend: DatabaseBackend) async throws {
        try await withLog(backend) { log, entries in
            for index in 0..<5 { log.append(entries.make(row: [Float(index), 0.5], at: 1_000 + Int64(index))) }
            #expect(log.counts.buffered == 5)
            let rows = try await log.rows(endpoint: "e", window: .lastRows(3))
            #expect(rows.map(\.features) == [4, 3, 2].map { "{\"a\":\($0).0,\"b\":0.5}" })
            #expect(rows[0].prediction == "7" && rows[0].status == 200 && rows[0].latencyMs == 0.25)
            let window = PredictionWindow.between(Timestamp(milliseconds: 1_001), Timestamp(milliseconds: 1_002))
            #expect(try await log.rows(endpoint: "e", window: window).map(\.at.milliseconds) == [1_002, 1_001])
            #expect(try await log.rows(endpoint: "other", window: .lastRows(3)).isEmpty)
            #expect(log.counts.written == 5 && log.counts.buffered == 0)
        }
    }

    @Test("pages through everything once, also while more is logged", arguments: DatabaseBackend.allCases)
    func pages(backend: DatabaseBackend) async throws {
        try await withLog(backend) { log, entries in
            for index in 0..<25 { log.append(entries.make(row: [Float(index), 1], at: 1_000 + Int64(index / 10))) }
            for filter in [(nil, nil), ("e", nil), (nil, "m"), ("e", "m")] as [(String?, String?)] {
                var seen: [String] = []
                var mark: PredictionPage.PageMark?
                repeat {
                    let page = try await log.page(
                        PredictionFilter(endpoint: filter.0, modelName: filter.1),
                        after: mark,
                        limit: 10
                    )
                    seen += page.records.map(\.requestID)
                    mark = try page.next.map { try PredictionPage.PageMark($0.text) }
                    log.append(entries.make(row: [0, 0], at: 2_000))
                } while mark != nil
                #expect(Set(seen).count == seen.count && seen == seen.sorted(by: >))
                #expect(seen.count >= 25)
            }
            #expect(try await log.page(PredictionFilter(endpoint: "x")).records.isEmpty)
            #expect(throws: MartletError.self) { _ = try PredictionPage.PageMark("xyz") }
        }
    }

    @Test("finds one by its name, and those of a time or a version", arguments: DatabaseBackend.allCases)
    func filters(backend: DatabaseBackend) async throws {
        try await withLog(backend) { log, entries in
            for index in 0..<30 { log.append(entries.make(row: [Float(index), 1], at: 1_000 + Int64(index / 2))) }
            let all = try await log.page().records
            let one = try await log.page(PredictionFilter(requestID: all[7].requestID)).records
            #expect(one.map(\.requestID) == [all[7].requestID])
            #expect(try await log.page(PredictionFilter(requestID: "x' OR 1 = 1")).records.isEmpty)
            let (start, end) = (Timestamp(milliseconds: 1_003), Timestamp(milliseconds: 1_005))
            for endpoint in [nil, "e"] as [String?] {
                let filter = PredictionFilter(endpoint: endpoint, start: start, end: end)
                let first = try await log.page(filter, limit: 4)
                #expect(first.records.map(\.at.milliseconds) == [1_005, 1_005, 1_004, 1_004])
                let rest = try await log.page(filter, after: first.next, limit: 4)
                #expect(rest.records.map(\.at.milliseconds) == [1_003, 1_003] && rest.next == nil)
                let open = PredictionFilter(endpoint: endpoint, start: Timestamp(milliseconds: 1_014))
                #expect(try await log.page(open).records.count == 2)
            }
            let version = try #require(all.first?.modelVersion)
            #expect(try await log.page(PredictionFilter(modelVersion: version)).records.count == 30)
            #expect(try await log.page(PredictionFilter(modelVersion: version + 1)).records.isEmpty)
        }
    }

    @Test("removes what is too old, in steps, and nothing else", arguments: DatabaseBackend.allCases)
    func retention(backend: DatabaseBackend) async throws {
        try await withLog(backend) { log, entries in
            for index in 0..<9 { log.append(entries.make(rows: 500, at: 1_000 + Int64(index))) }
            try await log.flush()
            #expect(try await log.remove(before: Timestamp(milliseconds: 1_000)) == 0)
            #expect(try await log.remove(before: Timestamp(milliseconds: 1_008)) == 4_000)
            let left = try await log.page(limit: 1_000).records
            #expect(left.count == 500 && left.allSatisfy { $0.at.milliseconds == 1_008 })
        }
    }

    @Test("drops the newest and counts them when the buffer is full, and keeps to both bounds")
    func drops() async throws {
        var limits = PredictionLog.Limits()
        limits.recordsMax = 10
        try await withLog(.sqlite, limits: limits) { log, entries in
            for index in 0..<12 { log.append(entries.make(row: [Float(index), 1], at: Int64(index))) }
            #expect(log.counts.dropped == 2 && log.counts.buffered == 10)
            let kept = try await log.page().records.map(\.at.milliseconds)
            #expect(kept == (0..<10).reversed().map { Int64($0) })
            log.append(entries.make(rows: 15, at: 20))
            #expect(log.counts.dropped == 7)
            #expect(try await log.page(limit: 20).records.count == 20)
        }
        var small = PredictionLog.Limits()
        small.bytesMax = 1_000
        try await withLog(.sqlite, limits: small) { log, entries in
            for index in 0..<100 { log.append(entries.make(row: [Float(index), 1], at: Int64(index))) }
            #expect(log.counts.buffered < 10 && log.counts.dropped > 90)
            try await log.flush()
            log.append(entries.make(row: [1, 1], at: 1))
            #expect(log.counts.buffered == 1)
        }
    }

    @Test("loses nothing but what the database can't hold", arguments: DatabaseBackend.allCases)
    func unstorable(backend: DatabaseBackend) async throws {
        try await withLog(backend) { log, entries in
            for index in 0..<5 {
                log.append(entries.make(row: [Float(index), 1], at: Int64(index)))
                if index == 2 { log.append(entries.unstorable(at: 9)) }
            }
            let kept = try await log.page().records
            #expect(kept.map(\.at.milliseconds) == [4, 3, 2, 1, 0])
            #expect(log.counts.written == 5 && log.counts.dropped == 1 && log.counts.buffered == 0)
            log.append(entries.make(row: [1, 1], at: 10))
            #expect(try await log.page().records.count == 6)
        }
    }

    @Test("keeps what failed, whatever the model said, also where no row came")
    func failures() async throws {
        try await withLog(.sqlite) { log, entries in
            log.append(entries.failed("it said \0", values: [1, 2], shape: [1, 2], at: 1))
            log.append(entries.failed("no row", values: [], shape: [0], at: 2))
            log.append(entries.failed("no row", values: [], shape: [0, 2], at: 3))
            let records = try await log.page().records
            #expect(records.map(\.error) == ["no row", "no row", "it said \u{2400}"])
            #expect(records.map(\.features) == ["null", "null", "{\"a\":1.0,\"b\":2.0}"])
        }
    }

    @Test("writes rows of one request apart, in batches")
    func splits() async throws {
        var limits = PredictionLog.Limits()
        limits.batchMax = 4
        try await withLog(.sqlite, limits: limits) { log, entries in
            log.append(entries.make(rows: 11, at: 5))
            let rows = try await log.rows(endpoint: "e", window: .lastRows(20))
            #expect(Set(rows.map(\.features)) == Set((0..<11).map { "{\"a\":\($0).0,\"b\":\($0).5}" }))
            #expect(Set(rows.map(\.requestID)).count == 11)
        }
    }

    @Test("keeps what the database refuses and writes it later")
    func retries() async throws {
        try await withTestDatabase(.sqlite) { database in
            let log = PredictionLog(database: database, logger: Logger(label: "test"))
            let entries = Entries()
            log.append(entries.make(row: [1, 2], at: 1))
            await #expect(throws: (any Error).self) { try await log.flush() }
            #expect(log.counts.buffered == 1 && log.counts.failures == 1)
            try await database.migrate(ServingSchema.predictionMigrations)
            #expect(try await log.page().records.count == 1)
        }
    }

    @Test("is written by its service, and to the end when the server stops")
    func service() async throws {
        var limits = PredictionLog.Limits()
        limits.delay = .milliseconds(5)
        try await withLog(.sqlite, limits: limits) { log, entries in
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(services: [log], logger: Logger(label: "test"))
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                for round in 1...3 {
                    log.append(entries.make(row: [1, 2], at: Int64(round)))
                    try await log.awaitWritten(UInt64(round))
                    #expect(log.counts.written == UInt64(round))
                }
                log.append(entries.make(row: [1, 2], at: 9))
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            #expect(log.counts.written == 4 && log.counts.buffered == 0)
        }
    }

    @Test("is written by its service whenever something comes, also while it is writing")
    func serviceMissesNothing() async throws {
        var limits = PredictionLog.Limits()
        limits.delay = .milliseconds(1)
        limits.batchMax = 7
        try await withLog(.sqlite, limits: limits) { log, entries in
            let task = Task { try await log.run() }
            await withTaskGroup(of: Void.self) { writers in
                for writer in 0..<4 {
                    writers.addTask {
                        for index in 0..<200 {
                            log.append(entries.make(row: [Float(index), Float(writer)], at: Int64(index)))
                            await Task.yield()
                        }
                    }
                }
            }
            try await log.awaitWritten(800)
            #expect(log.counts.written == 800 && log.counts.dropped == 0)
            task.cancel()
            try await task.value
        }
    }

    @Test("is written to the end when its task is cancelled")
    func cancellation() async throws {
        try await withLog(.sqlite) { log, entries in
            let task = Task { try await log.run() }
            log.append(entries.make(row: [1, 2], at: 9))
            task.cancel()
            try await task.value
            #expect(log.counts.written == 1)
        }
    }

    @Test("finds the newest rows of an endpoint by its index", arguments: DatabaseBackend.allCases)
    func plan(backend: DatabaseBackend) async throws {
        try await withTestDatabase(backend, migrations: ServingSchema.predictionMigrations) { database in
            guard backend == .sqlite else { return }
            let plan = try await database.read { connection in
                try connection.query(
                    """
                    EXPLAIN QUERY PLAN SELECT request_id FROM predictions WHERE endpoint = $1 AND status = 200
                    AND shadow_of IS NULL ORDER BY at DESC, request_id COLLATE "C" DESC LIMIT $2
                    """,
                    [.text("e"), .integer(10)]
                ) { try $0.text(3) }
            }
            #expect(plan.joined().contains("predictions_by_endpoint") && !plan.joined().contains("TEMP B-TREE"))
        }
    }

    @Test("gives ids that sort by time and never come twice")
    func ids() throws {
        var generator = SplitMix64(seed: 7)
        let source = RequestIDSource(using: &generator)
        let start = Timestamp(milliseconds: 1_767_225_600_000)
        let ids = (0..<10_000).map { index in
            source.next(at: start.advanced(byMilliseconds: Int64(index / 100))).description
        }
        #expect(Set(ids).count == ids.count)
        #expect(ids[0].hasPrefix("019b76da") && ids[0].count == 32)
        #expect(ids.map { $0.prefix(12) } == ids.map { $0.prefix(12) }.sorted())
    }
}

extension PredictionLog {
    /// Waits until the service has written so many predictions, at most 30 seconds.
    fileprivate func awaitWritten(_ count: UInt64) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while counts.written < count, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

private func withLog(
    _ backend: DatabaseBackend,
    limits: PredictionLog.Limits = .init(),
    _ test: (PredictionLog, Entries) async throws -> Void
) async throws {
    try await withTestDatabase(backend, migrations: ServingSchema.predictionMigrations) { database in
        try await test(PredictionLog(database: database, logger: Logger(label: "test"), limits: limits), Entries())
    }
}

/// Makes entries of a model with two columns that answered 7.
private final class Entries: Sendable {
    private let source: RequestIDSource
    private let plan: InputPlan
    private let served: ServedEndpoint
    private let variant: ServedVariant
    private let unstorable: ServedVariant

    init() {
        var generator = SplitMix64(seed: 1)
        source = RequestIDSource(using: &generator)
        let input = TensorDescription(name: "x", elementType: .float, shape: [-1, 2])
        let columns = [InputColumn(name: "a", kind: .double), InputColumn(name: "b", kind: .float)]
        do {
            plan = try InputPlan(inputs: [input], columns: columns)
        } catch {
            preconditionFailure("\(error)")
        }
        let endpoint = Endpoint(
            name: "e",
            modelName: "m",
            version: 3,
            digest: ContentDigest(of: []),
            deployedAt: Timestamp(milliseconds: 0),
            deployedBy: .local
        )
        let statistics = EndpointStatistics()
        variant = ServedVariant(endpoint.primary, model: nil, place: statistics.open())
        served = ServedEndpoint(endpoint, variants: [variant], statistics: statistics)
        let strange = Variant(
            name: "\0",
            modelName: "m",
            version: 3,
            digest: ContentDigest(of: []),
            deployedAt: Timestamp(milliseconds: 0),
            deployedBy: .local
        )
        unstorable = ServedVariant(strange, model: nil, place: statistics.open())
    }

    /// One whose variant has a name that no database can hold.
    func unstorable(at milliseconds: Int64) -> PredictionEntry {
        entry([1, 1], rows: 1, milliseconds, by: unstorable)
    }

    /// A request of `values` that has failed.
    func failed(_ message: String, values: [Float], shape: [Int], at milliseconds: Int64) -> PredictionEntry {
        do {
            let input = try Tensor(.float(values), shape: shape)
            return PredictionEntry(
                ids: [source.next(at: Timestamp(milliseconds: milliseconds))][...],
                at: Timestamp(milliseconds: milliseconds),
                served: served,
                variant: variant,
                plan: plan,
                inputs: ModelInputs(rows: shape[0], tensors: [NamedTensor(name: "x", tensor: input)]),
                outcome: .failed(status: 400, message: message),
                latencyMs: 0.25
            )
        } catch {
            preconditionFailure("\(error)")
        }
    }

    func make(row: [Float], at milliseconds: Int64) -> PredictionEntry {
        entry(row, rows: 1, milliseconds)
    }

    func make(rows: Int, at milliseconds: Int64) -> PredictionEntry {
        entry((0..<rows).flatMap { [Float($0), Float($0) + 0.5] }, rows: rows, milliseconds)
    }

    private func entry(
        _ values: [Float],
        rows: Int,
        _ milliseconds: Int64,
        by variant: ServedVariant? = nil
    ) -> PredictionEntry {
        let at = Timestamp(milliseconds: milliseconds)
        do {
            let input = try Tensor(.float(values), shape: [rows, 2])
            let output = try Tensor(.int64(Array(repeating: 7, count: rows)), shape: [rows])
            return PredictionEntry(
                ids: (0..<rows).map { _ in source.next(at: at) }[...],
                at: at,
                served: served,
                variant: variant ?? self.variant,
                plan: plan,
                inputs: ModelInputs(rows: rows, tensors: [NamedTensor(name: "x", tensor: input)]),
                outcome: .answered([NamedTensor(name: "y", tensor: output)]),
                latencyMs: 0.25
            )
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
