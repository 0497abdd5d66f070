import Testing

@testable import Inference

@Suite("A model's queue", .timeLimit(.minutes(1)))
struct BatchingTests {
    /// The rows of a fixture's one input, each by itself.
    private static func rows(_ fixture: String) throws -> [NamedTensor] {
        let input = try #require(try Fixture.load(fixture).namedInputs().first)
        let floats = try input.tensor.floats
        let width = input.tensor.shape[1]
        return try (0..<input.tensor.shape[0]).map { row in
            let values = Array(floats[row * width..<(row + 1) * width])
            return NamedTensor(name: input.name, tensor: try Tensor(.float(values), shape: [1, width]))
        }
    }

    /// Holds the one thread of `executor` until all of `rows` wait, then lets them run.
    private static func answers(
        _ rows: [NamedTensor],
        _ queue: BatchingSession,
        on executor: InferenceExecutor
    ) async throws -> [[NamedTensor]] {
        let held = try await HeldThreads(1, of: executor)
        return try await withThrowingTaskGroup(of: (Int, [NamedTensor]).self) { group in
            for (index, row) in rows.enumerated() {
                group.addTask { (index, try await queue.run([row], rows: 1, on: executor)) }
            }
            while queue.counts.waiting < rows.count - 1 { try await Task.sleep(for: .milliseconds(1)) }
            held.letGo()
            var answers = [[NamedTensor]](repeating: [], count: rows.count)
            for try await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    private static func queue(
        _ fixture: String,
        merges: Bool,
        rowNanoseconds: Int64? = nil,
        waitingMax: Int = 1_024
    ) throws -> BatchingSession {
        var limits = BatchingSession.Limits()
        limits.runsMax = 1
        limits.waitingMax = waitingMax
        let session = try Fixture.session(fixture)
        return BatchingSession(session, merges: merges, rowNanoseconds: rowNanoseconds, limits: limits)
    }

    @Test("puts what waits together, and gives each what it would get alone", arguments: ["mlp", "gbdt_zipmap"])
    func merged(fixture: String) async throws {
        let executor = try InferenceExecutor(threads: 1)
        let queue = try Self.queue(fixture, merges: true)
        let rows = try Self.rows(fixture)
        let answers = try await Self.answers(rows, queue, on: executor)
        for (row, answer) in zip(rows, answers) {
            let alone = try queue.session.run([row])
            #expect(answer.map(\.name) == alone.map(\.name) && answer.map(\.classes) == alone.map(\.classes))
            #expect(zip(answer, alone).allSatisfy { $0.tensor.isClose(to: $1.tensor) })
        }
        // The first found a free place; all others went together.
        #expect(queue.counts.runs == 2 && queue.counts.requests == UInt64(rows.count) && queue.counts.waiting == 0)
        var batches = BatchSizes()
        for size in [1, rows.count - 1] { batches.record(rows: size) }
        #expect(queue.counts.batches == batches)
    }

    @Test("asks each by itself where that is wished")
    func single() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let queue = try Self.queue("mlp", merges: false)
        let rows = try Self.rows("mlp")
        let answers = try await Self.answers(rows, queue, on: executor)
        for (row, answer) in zip(rows, answers) { #expect(answer == (try queue.session.run([row]))) }
        #expect(queue.counts.runs == UInt64(rows.count))
        #expect(queue.counts.batches.counts[0] == UInt64(rows.count))
    }

    @Test("is passed by where a model is quick, whose runs are counted by their rows alone")
    func atOnce() async throws {
        let queue = try Self.queue("mlp", merges: false, rowNanoseconds: 1_000)
        let row = try Self.rows("mlp")[0]
        #expect(try await queue.runAtOnceInTheEnd([row], rows: 1) == queue.session.run([row]))
        #expect(queue.counts.runs == 0 && queue.counts.requests == 0)
        #expect(queue.counts.batches.count == 1 && queue.counts.batches.rows == 1)
    }

    @Test("takes no request that the model refuses for a quick run")
    func refused() async throws {
        let executor = try InferenceExecutor(threads: 1)
        // Quick on one row, but not on two.
        let queue = try Self.queue("mlp", merges: false, rowNanoseconds: 150_000)
        let row = try Self.rows("mlp")[0]
        let bad = NamedTensor(name: row.name, tensor: try Tensor(.float([1, 2]), shape: [1, 2]))
        for _ in 0..<100 {
            await #expect(throws: InferenceError.self) { try await queue.run([bad], rows: 1, on: executor) }
        }
        #expect(try queue.runAtOnce([row], rows: 2) == nil)
    }

    @Test("tells who has waited too long while the model is still busy, and counts only runs")
    func late() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let queue = BatchingSession(try Fixture.session("turns", time: .milliseconds(300)), merges: false)
        let held = try await HeldThreads(1, of: executor)
        let first = Task { try await queue.run(Fixture.turns(1), rows: 1, on: executor) }
        while executor.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let second = Task { try await queue.run(Fixture.turns(1), rows: 1, on: executor) }
        while queue.counts.waiting < 1 { try await Task.sleep(for: .milliseconds(1)) }
        try await Task.sleep(for: .milliseconds(400))
        let third = Task { try await queue.run(Fixture.turns(1), rows: 1, on: executor) }
        // The thread is held all the while.
        let told = await #expect(throws: InferenceError.self) { try await second.value }
        #expect(told?.description == "the model was busy: the request waited 0.3 s for its turn")
        #expect(queue.counts.waiting == 1)
        third.cancel()
        held.letGo()
        let error = await #expect(throws: InferenceError.self) { try await first.value }
        #expect(error?.code == .timedOut)
        #expect(queue.counts.runs == 0 && queue.counts.requests == 0)
    }

    @Test("counts a run of many that takes too long")
    func mergedTooLong() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let queue = BatchingSession(try Fixture.session("turns", time: .seconds(2)), merges: true)
        let held = try await HeldThreads(1, of: executor)
        let first = Task { try await queue.run(Fixture.turns(1), rows: 1, on: executor) }
        while executor.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let others = (0..<2).map { _ in Task { try await queue.run(Fixture.turns(1e12), rows: 1, on: executor) } }
        while queue.counts.waiting < 2 { try await Task.sleep(for: .milliseconds(1)) }
        held.letGo()
        _ = try await first.value
        for other in others {
            let error = await #expect(throws: InferenceError.self) { try await other.value }
            #expect(error?.code == .timedOut)
        }
        #expect(queue.counts.runs == 2 && queue.counts.requests == 3)
        #expect(queue.counts.batches.count == 2 && queue.counts.batches.rows == 3)
    }

    @Test("runs each request on the threads that it was meant for, alone there", arguments: [true, false])
    func executors(merges: Bool) async throws {
        let (shadows, live) = (try InferenceExecutor(threads: 1), try InferenceExecutor(threads: 1))
        let queue = try Self.queue("mlp", merges: merges)
        let rows = try Self.rows("mlp")
        let (heldShadows, heldLive) = (try await HeldThreads(1, of: shadows), try await HeldThreads(1, of: live))
        let copy = Task { try await queue.run([rows[0]], rows: 1, on: shadows) }
        while shadows.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let request = Task { try await queue.run([rows[1]], rows: 1, on: live) }
        while queue.counts.waiting < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let other = Task { try await queue.run([rows[2]], rows: 1, on: shadows) }
        while queue.counts.waiting < 2 { try await Task.sleep(for: .milliseconds(1)) }
        heldShadows.letGo()
        #expect(try await copy.value == queue.session.run([rows[0]]))
        let end = ContinuousClock.now + .seconds(30)
        while live.waitingCount < 1, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(1)) }
        #expect(live.waitingCount == 1 && queue.counts.waiting == 1 && queue.counts.runs == 1)
        heldLive.letGo()
        #expect(try await request.value == queue.session.run([rows[1]]))
        #expect(try await other.value == queue.session.run([rows[2]]))
        #expect(queue.counts.runs == 3)
    }

    @Test("are counted by their rows, each in the first bucket that it fits")
    func sizes() {
        var batches = BatchSizes()
        for rows in [1, 2, 3, 4, 5, 1_024, 1_025, 100_000] { batches.record(rows: rows) }
        #expect(batches.counts == [1, 1, 2, 1, 0, 0, 0, 0, 0, 0, 1, 2])
        #expect(batches.count == 8 && batches.rows == 102_064)
    }

    @Test("does not let one request fail the others")
    func faulty() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let queue = try Self.queue("mlp", merges: true)
        let good = try Self.rows("mlp")
        let bad = NamedTensor(name: good[0].name, tensor: try Tensor(.float([1, 2]), shape: [1, 2]))
        let held = try await HeldThreads(1, of: executor)
        let first = Task { try await queue.run([good[0]], rows: 1, on: executor) }
        let wrong = Task { try await queue.run([bad], rows: 1, on: executor) }
        let second = Task { try await queue.run([good[1]], rows: 1, on: executor) }
        while queue.counts.waiting < 2 { try await Task.sleep(for: .milliseconds(1)) }
        held.letGo()
        #expect(try await first.value == queue.session.run([good[0]]))
        #expect(try await second.value == queue.session.run([good[1]]))
        await #expect(throws: InferenceError.self) { try await wrong.value }
    }

    @Test("refuses what goes beyond its bound, leaves out what is cancelled, and goes on")
    func bounds() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let queue = try Self.queue("mlp", merges: true, waitingMax: 1)
        let row = try Self.rows("mlp")[0]
        let held = try await HeldThreads(1, of: executor)
        let first = Task { try await queue.run([row], rows: 1, on: executor) }
        while executor.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let waiting = Task { try await queue.run([row], rows: 1, on: executor) }
        while queue.counts.waiting < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let error = await #expect(throws: InferenceError.self) { try await queue.run([row], rows: 1, on: executor) }
        #expect(error?.code == .overloaded)
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        held.letGo()
        #expect(try await first.value == queue.session.run([row]))
        #expect(try await queue.run([row], rows: 1, on: executor) == queue.session.run([row]))
    }

    @Test("knows which models answer row by row")
    func trial() throws {
        for fixture in ["mlp", "gbdt", "gbdt_zipmap", "iris_str"] {
            #expect(try Fixture.session(fixture).answersRowByRow(), "\(fixture)")
        }
        // One sum over all rows, and a scalar that has none.
        #expect(try !Fixture.session("shapes").answersRowByRow())
    }
}
