import Testing

@testable import Database

@Suite("Writes that wait are taken as a group")
struct GroupQueueTests {
    @Test("the first wakes the writer, those after it wait for the next group")
    func groups() {
        var queue = GroupQueue<Int>(depthMax: 10)
        #expect(queue.admit(1) == .wakeWriter)
        #expect(queue.admit(2) == .waits)
        #expect(queue.nextGroup() == [1, 2])
        #expect(queue.admit(3) == .waits)
        #expect(queue.nextGroup() == [3])
        #expect(queue.nextGroup() == nil)
        #expect(queue.admit(4) == .wakeWriter)
    }

    @Test("as many as the bound wait beside the group being written")
    func bound() {
        var queue = GroupQueue<Int>(depthMax: 2)
        #expect([1, 2, 3].map { queue.admit($0) } == [.wakeWriter, .waits, .full])
        #expect(queue.nextGroup() == [1, 2])
        #expect([4, 5, 6].map { queue.admit($0) } == [.waits, .waits, .full])
        #expect(queue.nextGroup() == [4, 5])
    }

    @Test("a closed queue writes what waits and takes no more")
    func close() {
        var queue = GroupQueue<Int>(depthMax: 2)
        #expect(queue.admit(1) == .wakeWriter)
        queue.close()
        #expect(queue.admit(2) == .closed)
        #expect(queue.nextGroup() == [1])
        #expect(queue.nextGroup() == nil)
        #expect(queue.admit(3) == .closed)
    }
}
