import ArgumentParser
import Testing
import UnixSignals

@testable import CommandLine

@Suite("A signal")
struct InterruptionTests {
    @Test("calls work off, and is told by the exit code")
    func calledOff() async {
        let ended = await #expect(throws: ExitCode.self) {
            try await Interruption.guarding(.lines, saying: "Stopped.") {
                try await Task.sleep(for: .seconds(600))
            } until: {
                UnixSignal.sigterm
            }
        }
        #expect(ended?.rawValue == 143)
    }

    @Test("throws nothing away that was done when it came")
    func done() async throws {
        let done = try await Interruption.guarding(.lines, saying: "Stopped.") {
            while !Task.isCancelled { await Task.yield() }
            return 7
        } until: {
            UnixSignal.sigint
        }
        #expect(done == 7)
    }
}
