import Kernel
import Synchronization

/// How far a transfer is, in one line beside the output, where a person sees it.
final class Progress: Sendable {
    private struct State {
        var done: Int64 = 0
        var name = ""
    }

    private let total: Int64
    private let form: MeterForm?
    private let pace: MeterPace?
    private let state = Mutex(State())

    /// Progress towards `total` bytes; silent for programs and where nobody watches.
    init(total: Int64, _ output: Output) {
        self.total = total
        let form = MeterForm.onTerminal(output)
        self.form = form
        pace = form.map { MeterPace($0) }
    }

    /// Says which file is next.
    func begin(_ name: String) {
        state.withLock { $0.name = DisplayText.line(name) }
    }

    /// Counts bytes that have come or gone.
    func advance(_ bytes: Int) {
        let (done, name) = state.withLock { state in
            state.done += Int64(bytes)
            return (state.done, state.name)
        }
        guard let form, pace?.isDue() == true else { return }
        let share = total > 0 ? min(100, done * 100 / total) : 100
        form.show("\(share) %  \(Readable.size(done)) of \(Readable.size(total))  \(name)", .null)
    }

    /// Runs a transfer, and wipes the line when it has ended, well or not.
    func shown(_ transfer: (Progress) async throws -> Void) async throws {
        defer { form?.end() }
        try await transfer(self)
    }
}
