import ArgumentParser
import Foundation
import Martlet
import Testing

@testable import CommandLine

@Suite("The secret of a webhook")
struct SecretTests {
    private func options(_ words: String...) throws -> SecretOptions {
        try SecretOptions.parse(words)
    }

    @Test("is read from a file, without the end of its line")
    func file() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (text, secret) in [("word", "word"), ("word\n", "word"), ("two words\r\n", "two words"), (" ü \n", " ü ")] {
            try Data(text.utf8).write(to: URL(filePath: path))
            #expect(try options("--secret-file", path).secret([:]) == secret)
        }
        for text in ["", "\n", "alpha\nbeta\n"] {
            try Data(text.utf8).write(to: URL(filePath: path))
            #expect { try options("--secret-file", path).secret([:]) } throws: {
                ($0 as? ClientError)?.kind == .usage && !"\($0)".contains("alpha")
            }
        }
        try Data([0x61, 0xFF]).write(to: URL(filePath: path))
        #expect(throws: ClientError.self) { try options("--secret-file", path).secret([:]) }
    }

    @Test("is read from a variable")
    func variable() throws {
        #expect(try options("--secret-variable", "HOOK").secret(["HOOK": "word"]) == "word")
        for environment in [[:], ["HOOK": ""]] {
            #expect { try options("--secret-variable", "HOOK").secret(environment) } throws: {
                ($0 as? ClientError)?.kind == .usage && "\($0)".contains("HOOK")
            }
        }
    }

    @Test("is none where no option names one, and a file that is not there is said")
    func none() throws {
        #expect(try options().secret(["HOOK": "word"]) == nil)
        #expect { try options("--secret-file", "/no/such/file").secret([:]) } throws: {
            ($0 as? ClientError)?.kind == .file && "\($0)".contains("/no/such/file")
        }
    }

    @Test("goes along with what is changed, and an empty one ends signing")
    func update() throws {
        func parsed(_ line: String) throws -> WebhooksUpdateCommand {
            let words = ["webhooks", "update"] + line.split(separator: " ").map(String.init)
            return try #require(try Martlet.parseAsRoot(words) as? WebhooksUpdateCommand)
        }
        #expect(try parsed("hook --secret-variable HOOK").signing.secretVariable == "HOOK")
        #expect(try parsed("hook --no-secret").noSecret)
        #expect(try parsed("hook --event a.b --event c.d").event == ["a.b", "c.d"])
        #expect(try parsed("hook --resume").subject.webhook == "hook")
    }
}
