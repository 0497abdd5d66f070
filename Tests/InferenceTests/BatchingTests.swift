import Foundation
import Inference
import Testing

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
        let gate = DispatchSemaphore(value: 0)
        let held = Task { try await executor.run { gate.wait() } }
        return try await withThrowingTaskGroup(of: (Int, [NamedTensor]).self) { group in
            for (index, row) in rows.enumerated() {
                group.addTask { (index, try await queue.run([row], rows: 1, on: executor)) }
            }
            while queue.counts.waiting < rows.count - 1 { try await Task.sleep(for: .milliseconds(1)) }
            gate.signal()
            var answers = [[NamedTensor]](repeating: [], count: rows.count)
            for try await (index, answer) in group { answers[index] = answer }
            try await held.value
            return answers
        }
    }

    private static func queue(_ fixture: String, merges: Bool, waitingMax: Int = 1_024) throws -> BatchingSession {
        var limits = BatchingSession.Limits()
        limits.runsMax = 1
        limits.waitingMax = waitingMax
        return BatchingSession(try Fixture.session(fixture), merges: merges, limits: limits)
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
        _ = try queue.runAtOnce([rows[0]], rows: 1)
        #expect(queue.counts.runs == UInt64(rows.count) && queue.counts.batches.rows == UInt64(rows.count + 1))
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
        let gate = DispatchSemaphore(value: 0)
        let held = Task { try await executor.run { gate.wait() } }
        let first = Task { try await queue.run([good[0]], rows: 1, on: executor) }
        let wrong = Task { try await queue.run([bad], rows: 1, on: executor) }
        let second = Task { try await queue.run([good[1]], rows: 1, on: executor) }
        while queue.counts.waiting < 2 { try await Task.sleep(for: .milliseconds(1)) }
        gate.signal()
        #expect(try await first.value == queue.session.run([good[0]]))
        #expect(try await second.value == queue.session.run([good[1]]))
        await #expect(throws: InferenceError.self) { try await wrong.value }
        try await held.value
    }

    @Test("refuses what goes beyond its bound, leaves out what is cancelled, and goes on")
    func bounds() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let queue = try Self.queue("mlp", merges: true, waitingMax: 1)
        let row = try Self.rows("mlp")[0]
        let gate = DispatchSemaphore(value: 0)
        let held = Task { try await executor.run { gate.wait() } }
        let first = Task { try await queue.run([row], rows: 1, on: executor) }
        while executor.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let waiting = Task { try await queue.run([row], rows: 1, on: executor) }
        while queue.counts.waiting < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let error = await #expect(throws: InferenceError.self) { try await queue.run([row], rows: 1, on: executor) }
        #expect(error?.code == .overloaded)
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        gate.signal()
        #expect(try await first.value == queue.session.run([row]))
        #expect(try await queue.run([row], rows: 1, on: executor) == queue.session.run([row]))
        try await held.value
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
