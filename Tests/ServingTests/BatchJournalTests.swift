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

    @Test("says why not all of a line was written")
    func shortWrites() throws {
        var ends: [Int32] = [-1, -1]
        let made = pipe(&ends)
        try #require(made == 0)
        defer { for end in ends { close(end) } }
        // A pipe that nobody reads takes some of it, and then says that it would have to wait.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        errno = ENOENT
        let error = #expect(throws: MartletError.self) {
            try DurableFile.write([UInt8](repeating: 0x20, count: 1 << 22), to: ends[1], "the journal")
        }
        #expect(error?.code == .internalError)
        #expect(error?.message == "the journal can't be written: Resource temporarily unavailable.")
    }
}
