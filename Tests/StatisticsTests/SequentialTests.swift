import Glibc
import Kernel
import Statistics
import Testing

@Suite("A sequential test")
struct SequentialTests {
    private static let repetitions = 400
    private static let observations = 600
    private static let alpha = 0.05

    /// In how many of the repetitions a test that is asked after each observation ever refuses.
    private static func refusals(
        share: Double,
        _ draw: (inout SplitMix64, _ isCurrent: Bool) -> Double
    ) -> Int {
        (0..<repetitions).count { repetition in
            var generator = SplitMix64(seed: UInt64(repetition) &* 0x2545_F491_4F6C_DD1D)
            var stratum = SequentialMeans.Stratum()
            for _ in 0..<observations {
                let isCurrent = generator.unit() < share
                let value = draw(&generator, isCurrent)
                if isCurrent { stratum.current.add(value) } else { stratum.reference.add(value) }
                guard min(stratum.reference.count, stratum.current.count) >= 30 else { continue }
                let test = SequentialMeans.test([stratum], alpha: alpha, tunedFor: 100)
                if test?.refuses(at: alpha) == true { return true }
            }
            return false
        }
    }

    /// The most refusals that a true rate of `alpha` gives but once in ten thousand times.
    private static let refusalsMax = 38

    @Test("of means refuses what is equal at most as often as it says, however often it is asked")
    func meansHold() {
        #expect(Self.refusals(share: 0.5) { generator, _ in generator.unit() } <= Self.refusalsMax)
        #expect(Self.refusals(share: 0.5) { generator, _ in generator.exponential() } <= Self.refusalsMax)
        #expect(Self.refusals(share: 0.2) { generator, _ in generator.exponential() } <= Self.refusalsMax)
        // A rare success, as a purchase is.
        #expect(Self.refusals(share: 0.3) { generator, _ in generator.unit() < 0.05 ? 1 : 0 } <= Self.refusalsMax)
    }

    @Test("of means refuses what differs")
    func meansFind() {
        let found = Self.refusals(share: 0.5) { generator, isCurrent in generator.unit() + (isCurrent ? 0.2 : 0) }
        #expect(found > Self.repetitions * 95 / 100)
        // One side without any spread is refused as well, after the same number of answers.
        let constant = Self.refusals(share: 0.5) { _, isCurrent in isCurrent ? 1 : 0 }
        #expect(constant == Self.repetitions)
    }

    @Test("of means keeps the true difference within its interval at all times")
    func interval() {
        let missed = (0..<Self.repetitions).count { repetition in
            var generator = SplitMix64(seed: UInt64(repetition) &+ 77)
            var stratum = SequentialMeans.Stratum()
            for index in 0..<Self.observations {
                let value = generator.unit()
                if index.isMultiple(of: 2) { stratum.current.add(value + 0.25) } else { stratum.reference.add(value) }
                guard stratum.reference.count >= 30 else { continue }
                let test = SequentialMeans.test([stratum], alpha: Self.alpha, tunedFor: 100)
                if let interval = test?.interval, !interval.contains(0.25) { return true }
            }
            return false
        }
        #expect(missed <= Self.refusalsMax)
    }

    @Test("of means is not led astray by a share that changes together with the mean")
    func strata() throws {
        // At first everything is 0 and few get the current side; later everything is 1 and most do.
        var strata = [SequentialMeans.Stratum(), SequentialMeans.Stratum()]
        var whole = SequentialMeans.Stratum()
        var generator = SplitMix64(seed: 5)
        for index in 0..<4_000 {
            let stratum = index < 2_000 ? 0 : 1
            let value = Double(stratum) + generator.unit()
            if generator.unit() < (stratum == 0 ? 0.05 : 0.8) {
                strata[stratum].current.add(value)
                whole.current.add(value)
            } else {
                strata[stratum].reference.add(value)
                whole.reference.add(value)
            }
        }
        let misled = try #require(SequentialMeans.test([whole], alpha: 0.05, tunedFor: 100))
        let right = try #require(SequentialMeans.test(strata, alpha: 0.05, tunedFor: 100))
        #expect(misled.refuses(at: 0.05) && !right.refuses(at: 0.05))
        #expect(abs(right.estimate) < 0.1)
    }

    @Test("of means says nothing of too little, and of numbers that are all alike")
    func nothing() throws {
        #expect(SequentialMeans.test([], alpha: 0.05, tunedFor: 100) == nil)
        var stratum = SequentialMeans.Stratum()
        stratum.reference.add(1)
        stratum.current.add(1)
        #expect(SequentialMeans.test([stratum], alpha: 0.05, tunedFor: 100) == nil)
        for _ in 0..<100 {
            stratum.reference.add(1)
            stratum.current.add(1)
        }
        let test = try #require(SequentialMeans.test([stratum], alpha: 0.05, tunedFor: 100))
        #expect(test.estimate == 0 && test.pValue == 1)
        stratum.current.add(.nan)
        #expect(stratum.current.count == 101)
    }

    @Test("of events refuses what is equal at most as often as it says, also while the frequency swings")
    func eventsHold() {
        for share in [0.05, 0.5] {
            let refused = (0..<Self.repetitions).count { repetition in
                var generator = SplitMix64(seed: UInt64(repetition) &* 31 &+ UInt64(share * 100))
                var reference = 0
                var current = 0
                for index in 0..<2_000 {
                    // An outage in the middle fails most requests, of both sides.
                    let frequency = (800..<1_000).contains(index) ? 0.8 : 0.02
                    guard generator.unit() < frequency else { continue }
                    if generator.unit() < share { current += 1 } else { reference += 1 }
                    let test = SequentialEvents.test(reference: reference, current: current, share: share)
                    if test.refuses(at: Self.alpha) { return true }
                }
                return false
            }
            #expect(refused <= Self.refusalsMax, "share \(share)")
        }
    }

    @Test("of events refuses what fails more often, soon where it always fails, and allows what it is told to allow")
    func eventsFind() {
        #expect(SequentialEvents.test(reference: 0, current: 5, share: 0.05).refuses(at: 0.001))
        #expect(!SequentialEvents.test(reference: 0, current: 1, share: 0.05).refuses(at: 0.05))
        #expect(SequentialEvents.test(reference: 100, current: 200, share: 0.5).refuses(at: 0.001))
        #expect(!SequentialEvents.test(reference: 100, current: 200, share: 0.5, ratio: 2).refuses(at: 0.05))
        let better = SequentialEvents.test(reference: 500, current: 1, share: 0.5)
        #expect(better.pValue == 1)
        #expect(SequentialEvents.test(reference: 10, current: 20, share: 0.5).estimate == 2)
        #expect(SequentialEvents.test(reference: 0, current: 0, share: 0.5).pValue == 1)
    }

    @Test("has moments that are those of the numbers")
    func moments() {
        var moments = RunningMoments()
        for value in [2.0, 4, 4, 4, 5, 5, 7, 9] { moments.add(value) }
        #expect(moments.count == 8 && moments.mean == 5 && abs(moments.squares - 32) < 1e-12)
    }
}

extension SplitMix64 {
    /// From 0 up to but not including 1.
    fileprivate mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }

    /// A standard exponential, skewed as latencies and amounts of money are.
    fileprivate mutating func exponential() -> Double { -log(1 - unit()) }
}
