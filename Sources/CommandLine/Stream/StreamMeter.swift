import EventStream
import Kernel
import Serving
import Synchronization

/// Shows what a stream does: a line that changes on a terminal, a line now and then where nobody watches, and lines of JSON
/// for programs; all on standard error.
final class StreamMeter: Sendable {
    /// How it shows itself.
    let form: MeterForm
    private let start = ContinuousClock.now
    private let last = Mutex((replied: UInt64(0), at: ContinuousClock.now))

    /// A meter for whoever reads `output`.
    init(_ output: Output) {
        form = MeterForm(output)
    }

    /// Says something once.
    func note(_ sentence: String) {
        form.note(sentence)
    }

    /// Shows what `counters` say, again and again, until the task is cancelled.
    func watch(_ counters: StreamCounters) async throws {
        while true {
            try await Task.sleep(for: form.pause)
            show(counters.counts)
        }
    }

    /// Wipes the line that changes.
    func end() {
        form.end()
    }

    private func show(_ counts: StreamCounts) {
        let now = ContinuousClock.now
        let done = counts.replied + counts.deadLettersTotal
        let pace = last.withLock { last in
            defer { last = (done, now) }
            return Double(done - min(done, last.replied)) / max(0.001, (now - last.at) / .seconds(1))
        }
        form.show(Self.text(counts, pace), .object(Self.json(counts, eventsPerSecond: pace)))
    }

    /// `12,000 answered  3 dead letters  5,012/s  lag 12  p99 38 ms`.
    static func text(_ counts: StreamCounts, _ eventsPerSecond: Double) -> String {
        var parts = [
            "\(Readable.count(Int(counts.replied))) answered",
            "\(Readable.count(Int(counts.deadLettersTotal))) dead letters",
            "\(Readable.count(Int(eventsPerSecond)))/s",
        ]
        if let lag = counts.lagTotal { parts.append("lag \(Readable.count(Int(lag)))") }
        if let latency = counts.latency.milliseconds(atQuantile: 0.99) {
            parts.append("p99 \(Readable.rounded(latency.rounded())) ms")
        }
        return parts.joined(separator: "  ")
    }

    /// The same for a program; what is not known is null.
    static func json(_ counts: StreamCounts, eventsPerSecond: Double? = nil) -> JSONObject {
        func latency(_ quantile: Double) -> JSON {
            counts.latency.milliseconds(atQuantile: quantile).map { .number($0) } ?? .null
        }
        var json: JSONObject = [
            "read": .integer(Int64(counts.read)), "replied": .integer(Int64(counts.replied)),
            "dead_letters": .integer(Int64(counts.deadLettersTotal)), "repeated": .integer(Int64(counts.repeated)),
            "lost": .integer(Int64(counts.lost)), "retries": .integer(Int64(counts.retries)),
            "batches": .integer(Int64(counts.batches)),
            "lag": .array(
                counts.lag.map { ["part": .string($0.part), "events": $0.events.map { .integer($0) } ?? .null] }
            ),
            "latency_ms_p50": latency(0.5), "latency_ms_p99": latency(0.99),
        ]
        if let eventsPerSecond { json["events_per_second"] = .number(eventsPerSecond) }
        return json
    }
}
