import TestSupport
import Testing

@testable import Outbound

@Suite("A bound on calls of other servers", .timeLimit(.minutes(1)))
struct OutboundCallsTests {
    @Test("lets so many go on at once, and others when these have ended")
    func bound() async throws {
        let calls = OutboundCalls(max: 2)
        let hold = Hold()
        let (begun, beginnings) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Int?.self) { group in
            for number in 0..<2 {
                group.addTask {
                    try await calls.run {
                        beginnings.yield()
                        await hold.wait()
                        return number
                    }
                }
            }
            for await _ in begun.prefix(2) {}
            #expect(try await calls.run { 2 } == nil)
            await hold.open()
            let ended: [Int?] = try await group.reduce(into: []) { $0.append($1) }
            #expect(Set(ended) == [0, 1])
        }
        #expect(try await calls.run { 3 } == 3)
    }

    @Test("does not count calls that have failed")
    func failures() async throws {
        let calls = OutboundCalls(max: 1)
        let failing: @Sendable () async throws -> Int = { throw OutboundError.unknownHost("x") }
        for _ in 0..<3 {
            await #expect(throws: OutboundError.unknownHost("x")) { try await calls.run(failing) }
        }
        #expect(try await calls.run { 1 } == 1)
    }
}
