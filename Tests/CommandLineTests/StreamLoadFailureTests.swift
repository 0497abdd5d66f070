import Testing

@testable import CommandLine

@Suite("A version that a stream could not load")
struct StreamLoadFailureTests {
    private let bad = StreamReference.Meaning(name: "iris", version: "2", contract: nil)
    private let start = ContinuousClock.now

    @Test("is tried again after a pause that doubles, up to ten minutes")
    func pauses() {
        var failure: StreamLoadFailure?
        for seconds in [10, 20, 40, 80, 160, 320, 600, 600] {
            let next = StreamLoadFailure(of: bad, after: failure, at: start)
            #expect(next.holdsBack(bad, at: start + .seconds(seconds) - .milliseconds(1)))
            #expect(!next.holdsBack(bad, at: start + .seconds(seconds)))
            failure = next
        }
    }

    @Test("holds back no other, whose pause begins anew")
    func others() {
        let other = StreamReference.Meaning(name: "iris", version: "3", contract: nil)
        var failure = StreamLoadFailure(of: bad, after: nil, at: start)
        #expect(!failure.holdsBack(other, at: start))
        failure = StreamLoadFailure(of: other, after: failure, at: start)
        #expect(failure.holdsBack(other, at: start + .seconds(9)))
        #expect(!failure.holdsBack(other, at: start + .seconds(11)))
    }
}
