package import Kernel
import Synchronization

/// The name of one prediction: 128 bits that sort by time, written as 32 lower-case hexadecimal characters.
///
/// 48 bits of milliseconds, as ``Hexadecimal/timeOrdered(at:using:)`` has them; 16 of a counter, so that ids of one
/// millisecond mostly sort in the order in which they were made; 64 that differ from one server to the next.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 32) { characters in
            for index in 0..<16 {
                let shift = UInt64(60 - 4 * index)
                characters[index] = Self.digit(high >> shift & 15)
                characters[16 + index] = Self.digit(low >> shift & 15)
            }
            return 32
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 10 ? 0x30 + value : 0x57 + value)
    }
}

/// Makes request ids, on any thread and without a call to the system.
package final class RequestIDSource: Sendable {
    private let counter: Atomic<UInt64>
    private let key: UInt64

    /// A source of ids that no other source makes, given good randomness.
    package init(using generator: inout some RandomNumberGenerator) {
        counter = Atomic(generator.next())
        key = generator.next()
    }

    /// A number from 0 up to but not including 1, as good as random.
    func chance() -> Double {
        Double(word(of: counter.wrappingAdd(1, ordering: .relaxed).newValue) >> 11) / 9_007_199_254_740_992
    }

    /// A new id for something that happens at `time`.
    package func next(at time: Timestamp) -> RequestID {
        let count = counter.wrappingAdd(1, ordering: .relaxed).newValue
        return RequestID(
            high: UInt64(bitPattern: time.milliseconds) << 16 | (count & 0xFFFF),
            low: word(of: count)
        )
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014): another word for each count.
    private func word(of count: UInt64) -> UInt64 {
        var word = count &* 0x9E37_79B9_7F4A_7C15 &+ key
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
