import Synchronization
import Testing

@testable import EventStream

@Suite("What a consumer of Kafka's has in hand")
struct KafkaIntakeTests {
    private func event(_ offset: Int64, partition: Int32 = 0) -> StreamEvent {
        StreamEvent(place: .kafka(topic: "t", partition: partition, offset: offset), value: [])
    }

    @Test("comes in order, as much as is asked for")
    func inOrder() async throws {
        let intake = KafkaIntake()
        intake.assign([0])
        for offset in 0..<5 { intake.put(event(Int64(offset))) }
        #expect(try await intake.next(3).map(\.replyID) == ["t/0/0", "t/0/1", "t/0/2"])
        #expect(intake.isInHand && intake.isOwn)
        intake.settle([0: 3])
        #expect(!intake.isInHand && intake.committed == [0: 3])
        #expect(try await intake.next(3).count == 2)
    }

    @Test("is waited for until there is some")
    func waits() async throws {
        let intake = KafkaIntake()
        let isDone = Mutex(false)
        let reading = Task {
            defer { isDone.withLock { $0 = true } }
            return try await intake.next(10)
        }
        intake.put(event(7))
        while !isDone.withLock({ $0 }) {
            intake.wake()
            await Task.yield()
        }
        #expect(try await reading.value.map(\.replyID) == ["t/0/7"])
    }

    @Test("is another one's when its partitions have gone meanwhile")
    func revoked() async throws {
        let intake = KafkaIntake()
        intake.assign([0, 1])
        intake.put(event(1))
        intake.put(event(2))
        _ = try await intake.next(1)
        intake.pause(true)
        intake.dropEvents()
        intake.unassign()
        #expect(!intake.isOwn && intake.committed.isEmpty && !intake.isPaused)
        intake.settle([:])
        intake.assign([1])
        intake.put(event(9, partition: 1))
        #expect(try await intake.next(10).map(\.replyID) == ["t/1/9"])
        #expect(intake.isOwn)
    }

    @Test("has a bound, beyond which nothing more is asked for")
    func bounded() async throws {
        let intake = KafkaIntake()
        intake.assign([0])
        for offset in 0..<KafkaIntake.eventsMax { intake.put(event(Int64(offset))) }
        #expect(!intake.hasRoom && !intake.isHalfEmpty)
        var taken = 0
        while !intake.isHalfEmpty { taken += try await intake.next(1_000).count }
        #expect(taken > KafkaIntake.eventsMax / 2 - 1_000 && intake.hasRoom)
    }

    @Test("has a bound of bytes too, which what was taken leaves")
    func boundedInBytes() async throws {
        let intake = KafkaIntake()
        intake.assign([0])
        let large = [UInt8](repeating: 0, count: KafkaIntake.bytesMax / 4)
        for offset in Int64(0)..<4 {
            #expect(intake.hasRoom)
            intake.put(StreamEvent(place: .kafka(topic: "t", partition: 0, offset: offset), key: [1], value: large))
        }
        #expect(!intake.hasRoom && !intake.isHalfEmpty)
        #expect(try await intake.next(3).count == 3)
        #expect(intake.hasRoom && intake.isHalfEmpty)
        intake.put(StreamEvent(place: .kafka(topic: "t", partition: 0, offset: 4), value: large + large + large))
        #expect(!intake.hasRoom)
        intake.dropEvents()
        #expect(intake.hasRoom && intake.isHalfEmpty)
    }

    @Test("ends with the reason for which its consumer ended")
    func failed() async throws {
        let intake = KafkaIntake()
        intake.fail(StreamError(.refused, "forbidden"))
        await #expect(throws: StreamError(.refused, "forbidden")) { try await intake.next(1) }
    }

    @Test("is committed behind the last event of each partition")
    func places() {
        let events = [event(3), event(9, partition: 1), event(4), event(2, partition: 1)]
        #expect(KafkaSource.places(after: events) == [0: 5, 1: 10])
    }
}
