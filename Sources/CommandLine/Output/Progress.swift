import Glibc
import Synchronization

/// How far a transfer is, in one line beside the output, where a person sees it.
final class Progress: Sendable {
    private static let stepsBetweenMs: Int64 = 100
    /// How wide a terminal is taken to be that does not say it.
    private static let usualWidth = 80

    private struct State {
        var done: Int64 = 0
        var name = ""
        var shownAt = ContinuousClock.now - .seconds(1)
    }

    private let total: Int64
    private let isShown: Bool
    private let width: Int
    private let state = Mutex(State())

    /// Progress towards `total` bytes; silent for programs and where nobody watches.
    init(total: Int64, _ output: Output) {
        self.total = total
        isShown = isatty(STDERR_FILENO) == 1 && !output.isJSON
        width = output.width ?? Self.usualWidth
    }

    /// Says which file is next.
    func begin(_ name: String) {
        state.withLock { $0.name = DisplayText.line(name) }
    }

    /// Counts bytes that have come or gone.
    func advance(_ bytes: Int) {
        let line = state.withLock { state -> String? in
            state.done += Int64(bytes)
            guard isShown, ContinuousClock.now - state.shownAt > .milliseconds(Self.stepsBetweenMs) else { return nil }
            state.shownAt = .now
            let share = total > 0 ? min(100, state.done * 100 / total) : 100
            let counts = "\(share) %  \(Readable.size(state.done)) of \(Readable.size(total))"
            // A line that fills the terminal would wrap, and could not be wiped.
            return DisplayText.cut("\(counts)  \(state.name)", to: width - 1)
        }
        if let line { Terminal.note("\r\u{1B}[K\(line)") }
    }

    /// Runs a transfer, and wipes the line when it has ended, well or not.
    func shown(_ transfer: (Progress) async throws -> Void) async throws {
        defer { if isShown { Terminal.note("\r\u{1B}[K") } }
        try await transfer(self)
    }
}
