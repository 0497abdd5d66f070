/// How often a latency was how long, in buckets that grow by a ninth to an eighth: quantiles are within 6 %.
///
/// From 1 µs to 2^27 µs (134 s); what lies outside is counted in the first or last bucket.
package struct LatencyHistogram: Sendable {
    private static let bucketsPerOctave = 8
    private static let octaves = 27
    private var counts = [UInt64](repeating: 0, count: bucketsPerOctave * octaves)
    /// How many were counted.
    package private(set) var count: UInt64 = 0
    /// Their sum in nanoseconds.
    package private(set) var sumNanoseconds: UInt64 = 0

    /// A histogram of nothing.
    package init() {}

    /// Counts a latency of so many nanoseconds.
    package mutating func record(nanoseconds: UInt64) {
        counts[Self.bucket(nanoseconds)] += 1
        count += 1
        sumNanoseconds &+= nanoseconds
    }

    /// The latency in milliseconds that the share `quantile` of all did not exceed, as the middle of its bucket; nil
    /// when nothing was counted.
    package func milliseconds(atQuantile quantile: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = max(1, (quantile * Double(count)).rounded(.up))
        var seen: UInt64 = 0
        for (bucket, number) in counts.enumerated() {
            seen += number
            if Double(seen) >= rank {
                return (Self.lowerMicroseconds(bucket) + Self.lowerMicroseconds(bucket + 1)) / 2000
            }
        }
        return nil
    }

    /// Up to each power of four microseconds how many latencies there were, bounds in seconds; for Prometheus.
    package var cumulative: [(upperSeconds: Double, count: UInt64)] {
        var seen: UInt64 = 0
        var result: [(Double, UInt64)] = []
        for octave in 0..<Self.octaves {
            for bucket in 0..<Self.bucketsPerOctave { seen += counts[octave * Self.bucketsPerOctave + bucket] }
            if octave % 2 == 1 { result.append((Double(UInt64(1) << UInt64(octave + 1)) / 1e6, seen)) }
        }
        return result
    }

    /// The bucket of a latency: the octave of its microseconds, and in it the next three bits.
    private static func bucket(_ nanoseconds: UInt64) -> Int {
        // In 1/8 µs, so that the octave from 1 µs on has its three bits.
        let eighths = nanoseconds / 125
        guard eighths >= 8 else { return 0 }
        let octave = 60 - eighths.leadingZeroBitCount
        guard octave < octaves else { return bucketsPerOctave * octaves - 1 }
        return octave * bucketsPerOctave + Int(eighths >> UInt64(octave) & 7)
    }

    private static func lowerMicroseconds(_ bucket: Int) -> Double {
        let octave = Double(UInt64(1) << UInt64(bucket / bucketsPerOctave))
        return octave * (1 + Double(bucket % bucketsPerOctave) / Double(bucketsPerOctave))
    }
}
