import Glibc
import Kernel
import Testing

@testable import Serving

@Suite("The journal of a batch")
struct BatchJournalTests {
    @Test("is not taken for one that ends where it can't be read")
    func unreadable() {
        // A process may open its memory as a file; nothing is at its beginning, and reading there is an error.
        let error = #expect(throws: MartletError.self) {
            _ = try BatchJournal("/proc/self/mem", of: ["journal": .integer(1)], restarts: false)
        }
        #expect(error?.message == "/proc/self/mem can't be read: Input/output error.")
    }
}
