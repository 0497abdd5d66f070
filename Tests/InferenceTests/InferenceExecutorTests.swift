import Foundation
import Inference
import Synchronization
import Testing

@Suite("The executor", .timeLimit(.minutes(1)))
struct InferenceExecutorTests {
    private struct Failure: Error {}

    @Test("gives what the work returns, and throws what it throws")
    func results() async throws {
        let executor = try InferenceExecutor(threads: 2)
        #expect(try await executor.run { 6 * 7 } == 42)
        await #expect(throws: Failure.self) { try await executor.run { throw Failure() } }
    }

    @Test("works on named threads of its own")
    func threads() async throws {
        let executor = try InferenceExecutor(name: "martlet-onnx", threads: 1)
        let name = try await executor.run { try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8) }
        #expect(name == "martlet-onnx-0\n")
    }

    @Test("does everything once, from many tasks, in a queue that goes round")
    func many() async throws {
        let executor = try InferenceExecutor(threads: 3, queueMax: 64)
        let sum = Counter()
        for _ in 0..<20 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...50 {
                    group.addTask { try await executor.run { sum.add(number) } }
                }
                try await group.waitForAll()
            }
        }
        #expect(sum.value == 20 * 1_275)
        #expect(executor.waitingCount == 0)
    }

    @Test("refuses what goes beyond its queue")
    func full() async throws {
        let executor = try InferenceExecutor(threads: 1, queueMax: 2)
        let gate = try await Gate(on: executor)
        async let first = executor.run { 1 }
        async let second = executor.run { 2 }
        while executor.waitingCount < 2 { await Task.yield() }
        let error = await #expect(throws: InferenceError.self) { try await executor.run { 3 } }
        #expect(error?.code == .queueFull)
        #expect(error?.description == "the queue for inference is full (2 waiting); try again later")
        gate.open()
        #expect(try await first + second == 3)
    }

    @Test("leaves out work that is cancelled before its turn")
    func cancelled() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let gate = try await Gate(on: executor)
        let done = Counter()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await executor.run { done.add(1) } }
            while executor.waitingCount < 1 { await Task.yield() }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        gate.open()
        #expect(try await executor.run { done.value } == 0)
    }

    @Test("refuses a task that is cancelled already")
    func cancelledBefore() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await executor.run { 1 }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("ends its threads with itself")
    func end() async throws {
        func threads() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count { id in
                // A thread may end between the listing and the reading.
                (try? String(contentsOfFile: "/proc/self/task/\(id)/comm", encoding: .utf8))?.hasPrefix("ending-")
                    == true
            }
        }
        do {
            let executor = try InferenceExecutor(name: "ending", threads: 4)
            try await executor.run {}
            while try threads() < 4 { await Task.yield() }
        }
        while try threads() > 0 { await Task.yield() }
    }
}

/// Work that keeps a thread until the gate is opened.
private final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// Returns once the gate's work has begun on one of the executor's threads.
    init(on executor: InferenceExecutor) async throws {
        let semaphore = semaphore
        await withCheckedContinuation { begun in
            Task {
                try await executor.run {
                    begun.resume()
                    semaphore.wait()
                }
            }
        }
    }

    func open() { semaphore.signal() }
}

/// A number that threads add to.
private final class Counter: Sendable {
    private let sum = Mutex(0)

    var value: Int { sum.withLock { $0 } }

    func add(_ number: Int) { sum.withLock { $0 += number } }
}
