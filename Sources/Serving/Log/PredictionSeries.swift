import Database
package import Kernel

/// What the variants of an endpoint predicted over a time, by spans of equal length.
package struct PredictionSeries: Sendable {
    /// One variant in one span in which it was asked.
    package struct Point: Sendable {
        /// The variant; of predictions that were logged without one, `v` and the number of the version.
        package let variant: String
        /// When the span begins.
        package let at: Timestamp
        /// The rows that were answered rightly.
        package let predictions: Int
        /// The requests that failed.
        package let errors: Int
        /// The time of half of the right answers was no longer, in milliseconds; nil where there is none.
        package let latencyMsP50: Double?
        /// As ``latencyMsP50``, of 99 in 100.
        package let latencyMsP99: Double?
    }

    /// Where the first span begins.
    package let start: Timestamp
    /// The last moment of the last span, which may be shorter than the others.
    package let end: Timestamp
    /// The length of a span.
    package let spanMs: Int64
    /// Whether more was logged in the time that was asked for than is looked at; then ``start`` is later than that.
    package let isCut: Bool
    /// By variant and time.
    package let points: [Point]

    /// The most spans that a series has, and a part of another; some more than the 120 of an hour, so that an hour and the
    /// time that a request takes have as long ones.
    static let spansMax: Int64 = 128

    /// Lengths that are easy to read, in milliseconds.
    private static let lengthsMs: [Int64] = [
        100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
        3_600_000, 10_800_000, 21_600_000, 43_200_000, dayMs,
    ]
    private static let dayMs: Int64 = 86_400_000

    /// The shortest length that takes at most ``spansMax`` to so many milliseconds: of the readable ones, or whole days.
    static func spanMs(of durationMs: Int64) -> Int64 {
        let least = (durationMs + spansMax - 1) / spansMax
        return lengthsMs.first { $0 >= least } ?? (least + dayMs - 1) / dayMs * dayMs
    }
}

extension PredictionLog {
    /// What the variants of an endpoint predicted from `start` to `end`, shadows among them, those in the buffer too.
    ///
    /// At most ``Limits/seriesRowsMax`` predictions are looked at, the newest, or all of the newest millisecond: where
    /// there are more, the series begins later, and its spans are as much shorter.
    /// - Throws: `INVALID_PARAMETER_VALUE` where `end` is not later than `start`; ``DatabaseError``.
    package func series(endpoint: String, from start: Timestamp, to end: Timestamp) async throws -> PredictionSeries {
        guard start < end else {
            throw MartletError(
                .invalidParameterValue,
                "\"end_time\" must be later than \"start_time\", \(start.milliseconds), found \(end.milliseconds)"
            )
        }
        // What a full disk takes no more must not hide what is there.
        do { try await flush() } catch is DatabaseError {}
        let limit = limits.seriesRowsMax
        return try await kept().read { connection in
            func left(by count: Int, from start: Timestamp) throws -> Timestamp? {
                try PredictionStore.newestLeft(by: count, of: endpoint, from: start, to: end, on: connection)
            }
            // Spans begin at whole multiples of their length, so that they stay where they are as time goes on.
            var spanMs = PredictionSeries.spanMs(of: end.milliseconds - start.milliseconds)
            var begin = Timestamp(milliseconds: start.milliseconds / spanMs * spanMs)
            let cut = try left(by: limit, from: begin)
            if let cut {
                // Those that came in the same millisecond as one that is left are left with it, unless they are all there is.
                let isAll = try left(by: 0, from: cut) == cut
                let first = isAll ? cut : cut.advanced(byMilliseconds: 1)
                spanMs = PredictionSeries.spanMs(of: end.milliseconds - first.milliseconds)
                begin = isAll ? cut : Timestamp(milliseconds: (first.milliseconds + spanMs - 1) / spanMs * spanMs)
            }
            return PredictionSeries(
                start: min(begin, end),
                end: end,
                spanMs: spanMs,
                isCut: cut != nil,
                points: try PredictionStore.series(endpoint, from: begin, to: end, spanMs: spanMs, on: connection)
            )
        }
    }
}
