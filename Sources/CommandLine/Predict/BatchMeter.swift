import Kernel
import Serving
import Synchronization

/// Shows how far a batch is: a line that changes on a terminal, a line now and then where nobody watches, and lines of
/// JSON for programs; all beside the output.
final class BatchMeter: Sendable {
    /// How it shows itself.
    let form: MeterForm
    private let pace: MeterPace
    /// The last progress, unless it was shown.
    private let unshown = Mutex<BatchProgress?>(nil)

    /// A meter for whoever reads `output`.
    init(_ output: Output) {
        form = MeterForm(output)
        pace = MeterPace(form, waitsAtFirst: true)
    }

    /// Says something once.
    func note(_ sentence: String) {
        form.note(sentence)
    }

    /// Shows `progress`, unless something was shown a moment ago.
    func show(_ progress: BatchProgress) {
        let isDue = pace.isDue()
        unshown.withLock { $0 = isDue ? nil : progress }
        if isDue { form.show(Self.text(progress), Self.json(progress)) }
    }

    /// Tells a program how far the batch came, and wipes the line that changes.
    func end() {
        let last = unshown.withLock { $0 }
        if case .json = form, let last { form.show(Self.text(last), Self.json(last)) }
        form.end()
    }

    /// `45 %  450,000 of 1,000,000 rows  152,000 rows/s  4 s left`.
    static func text(_ progress: BatchProgress) -> String {
        let share = progress.total > 0 ? min(100, progress.rows * 100 / progress.total) : 100
        var parts = [
            "\(share) %", "\(Readable.count(progress.rows)) of \(Readable.count(progress.total)) rows",
        ]
        if let pace = progress.rowsPerSecond { parts.append("\(Readable.count(Int(pace))) rows/s") }
        if let left = progress.secondsLeft { parts.append(Self.duration(left) + " left") }
        return parts.joined(separator: "  ")
    }

    /// The same for a program; what is not known is null.
    static func json(_ progress: BatchProgress) -> JSON {
        [
            "rows": .integer(Int64(progress.rows)), "total": .integer(Int64(progress.total)),
            "rows_per_second": progress.rowsPerSecond.map { JSON.number($0) } ?? JSON.null,
            "seconds_left": progress.secondsLeft.map { JSON.number($0) } ?? JSON.null,
        ]
    }

    private static func duration(_ seconds: Double) -> String {
        let start = Timestamp(milliseconds: 0)
        // A year is long enough for anybody.
        let milliseconds = Int64(min(seconds, 31_536_000) * 1000)
        return Readable.duration(start, Timestamp(milliseconds: max(1000, milliseconds)))
    }
}
