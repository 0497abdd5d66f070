import Kernel
import Testing

@testable import Serving

@Suite("The rate of a caller")
struct CallerRateTests {
    @Test("lets as many through at once as in a second, and then as many a second")
    func rate() {
        let rate = CallerRate(perSecond: 4)
        let start = ContinuousClock.now
        func taken(_ count: Int, after milliseconds: Int, by caller: String = "ada") -> Int {
            (0..<count).filter { _ in rate.take(caller, at: start + .milliseconds(milliseconds)) }.count
        }
        #expect(taken(9, after: 0) == 4)
        #expect(taken(9, after: 0, by: "bob") == 4, "everybody has a rate of his own")
        #expect(taken(9, after: 249) == 0)
        #expect(taken(9, after: 250) == 1)
        #expect(taken(9, after: 1_000) == 3)
        #expect(taken(9, after: 60_000) == 4, "a pause is not saved up beyond a second")
        #expect(taken(9, after: 59_000) == 0, "a clock that is read out of order lets nobody through")
    }

    @Test("of many callers is remembered while they come, and forgotten afterwards")
    func many() {
        let rate = CallerRate(perSecond: 1)
        let start = ContinuousClock.now
        for caller in 0..<5_000 { #expect(rate.take("\(caller)", at: start)) }
        for caller in 0..<5_000 { #expect(!rate.take("\(caller)", at: start + .milliseconds(500))) }
        for caller in 5_000..<20_000 { #expect(rate.take("\(caller)", at: start + .seconds(caller))) }
        #expect(rate.knownCount <= 2_048)
    }
}

@Suite("A deadline", .timeLimit(.minutes(1)))
struct DeadlineTests {
    @Test("ends what takes longer, and nothing else")
    func keep() async throws {
        let quick = try await Deadline.keep(.now + .seconds(60)) { 7 }
        #expect(quick == 7)
        let error = await #expect(throws: MartletError.self) {
            try await Deadline.keep(.now + .milliseconds(10)) { try await Task.sleep(for: .seconds(3_600)) }
        }
        #expect(error?.code == .deadlineExceeded)
        await #expect(throws: CancellationError.self) {
            try await Deadline.keep(.now + .seconds(60)) { throw CancellationError() }
        }
    }
}
