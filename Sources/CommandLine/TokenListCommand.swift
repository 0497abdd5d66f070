import ArgumentParser
import Foundation
import Governance
import Kernel
import Server

/// `martlet token list`: the tokens without their secrets.
struct TokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tokens, oldest first; their secrets are not known."
    )

    @Flag(help: "Print JSON for programs.")
    var json = false

    @OptionGroup
    var store: TokenStoreOptions

    func run() async throws {
        try await store.run { administration in
            let tokens = try await administration.tokens.tokens()
            Terminal.print(json ? Self.json(tokens) : Self.table(tokens))
        }
    }

    private static func table(_ tokens: [AccessToken]) -> String {
        guard !tokens.isEmpty else { return "There are no tokens. 'martlet token create --user NAME' makes one." }
        return tokens.map { token in
            let state = token.revokedAt.map { "revoked \(time($0))" } ?? "good"
            return "\(token.id)  \(time(token.createdAt))  \(token.user)  \(state)"
        }
        .joined(separator: "\n")
    }

    private static func time(_ time: Timestamp) -> String {
        Date(timeIntervalSince1970: Double(time.milliseconds) / 1000).formatted(.iso8601)
    }

    private static func json(_ tokens: [AccessToken]) -> String {
        let list = tokens.map { token in
            JSON.object([
                "id": .string(token.id),
                "user": .string(token.user),
                "created_at": .integer(token.createdAt.milliseconds),
                "revoked_at": token.revokedAt.map { .integer($0.milliseconds) } ?? .null,
            ])
        }
        return JSON.array(list).text
    }
}
