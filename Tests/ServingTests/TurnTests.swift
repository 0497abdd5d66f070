import Synchronization
import Testing

@testable import Serving

@Suite("A turn", .timeLimit(.minutes(5)))
struct TurnTests {
    /// Who had a turn, in their order.
    private final class Order: Sendable {
        private let numbers = Mutex<[Int]>([])

        var all: [Int] { numbers.withLock { $0 } }

        func append(_ number: Int) {
            numbers.withLock { $0.append(number) }
        }
    }

    @Test("is left at once by a task that is cancelled, and comes to those behind it in their order")
    func cancels() async throws {
        let turn = Turn()
        let begun = AsyncStream.makeStream(of: Void.self)
        let ended = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await turn.take {
                begun.continuation.finish()
                for await _ in ended.stream {}
            }
        }
        for await _ in begun.stream {}
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let gone = Task { try await turn.take { order.append(0) } }
            for number in 1...3 {
                while turn.waitingCount < number { try await Task.sleep(for: .milliseconds(1)) }
                group.addTask { try await turn.take { order.append(number) } }
            }
            while turn.waitingCount < 4 { try await Task.sleep(for: .milliseconds(1)) }
            gone.cancel()
            await #expect(throws: CancellationError.self) { try await gone.value }
            #expect(turn.waitingCount == 3 && order.all.isEmpty)
            ended.continuation.finish()
            try await group.waitForAll()
        }
        try await first.value
        #expect(order.all == [1, 2, 3])
    }

    @Test("of several places lets so many through, and the next when one of them goes")
    func places() async throws {
        let turn = Turn(places: 3)
        let order = Order()
        let ended = (0..<3).map { _ in AsyncStream.makeStream(of: Void.self) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<3 {
                group.addTask {
                    try await turn.take {
                        order.append(number)
                        for await _ in ended[number].stream {}
                    }
                }
            }
            while order.all.count < 3 { try await Task.sleep(for: .milliseconds(1)) }
            for number in 3...4 {
                group.addTask { try await turn.take { order.append(number) } }
                while turn.waitingCount < number - 2 { try await Task.sleep(for: .milliseconds(1)) }
            }
            #expect(order.all.count == 3)
            ended[1].continuation.finish()
            while order.all.count < 5 { try await Task.sleep(for: .milliseconds(1)) }
            for index in [0, 2] { ended[index].continuation.finish() }
            try await group.waitForAll()
        }
        #expect(order.all.suffix(2) == [3, 4])
        #expect(try await turn.take { turn.waitingCount } == 0)
    }

    @Test("that is free is taken by a cancelled task too")
    func free() async throws {
        let turn = Turn()
        let cancelled = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await turn.take { 7 }
        }
        cancelled.cancel()
        #expect(try await cancelled.value == 7)
    }
}
