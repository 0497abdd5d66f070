import Kernel
import TestSupport
import Testing

@testable import Server

@Suite("The key of secrets")
struct SecretKeyTests {
    @Test("is made once and read again")
    func made() async throws {
        try await withTemporaryFolder { path in
            let directory = DataDirectory(sharing: path)
            let sealed = try SecretKey.load([:], in: directory).seal("s")
            #expect(try SecretKey.load([:], in: directory).open(sealed) == "s")
        }
    }

    @Test("is 64 hexadecimal characters and nothing else", arguments: ["", "a", "+a", "-1", " 1", "zz", "abab"])
    func refused(part: String) async throws {
        try await withTemporaryFolder { path in
            let directory = DataDirectory(sharing: path)
            #expect(throws: StartupError.self) {
                try SecretKey.load([SecretKey.variable: String(repeating: part, count: 32)], in: directory)
            }
            _ = try SecretKey.load([SecretKey.variable: String(repeating: "aB", count: 32)], in: directory)
        }
    }
}
