import Foundation
import Kernel
import Martlet
import Testing

@testable import CommandLine

@Suite("A file that a command reads whole")
struct InputFileTests {
    /// A file that holds `text` while `use` runs.
    private func withFile(_ text: String, _ use: (InputFile) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "input-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        try use(InputFile(path))
    }

    @Test("gives no more bytes than are asked for")
    func bound() throws {
        try withFile("0123456789") { (file) throws in
            #expect(try file.bytes(upTo: 4) == Array("0123".utf8))
            #expect(try file.bytes(upTo: 7) == Array("0123456".utf8))
            #expect(try file.bytes(upTo: 99).count == 10)
        }
    }

    @Test("gives its object, or says what is wrong with it and where")
    func object() throws {
        try withFile(#"{"inputs": {}}"#) { (file) throws in
            #expect(try file.object(as: "contract") == ["inputs": [:]])
        }
        for (text, word) in [("{\n\"a\": }", "not valid JSON"), ("[1]", "must be an object, not array")] {
            try withFile(text) { (file) throws in
                let error = #expect(throws: ClientError.self) { try file.object(as: "contract") }
                #expect(error?.kind == .usage && error?.message.hasPrefix("The contract in \(file.name) ") == true)
                #expect(error?.message.contains(word) == true, "\(String(describing: error))")
            }
        }
    }
}
