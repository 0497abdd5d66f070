import ArgumentParser
import Governance
import Server

/// `martlet token revoke`: ends a token.
struct TokenRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End a token; a running server refuses it within a second."
    )

    @Argument(help: "The token's id, as 'martlet token list' shows it.")
    var id: String

    @OptionGroup
    var store: TokenStoreOptions

    func run() async throws {
        try await store.run { administration in
            let token = try await administration.tokens.revoke(id, by: administration.actor)
            Terminal.print("Token \(token.id) of \(token.user) is revoked.")
        }
    }
}
