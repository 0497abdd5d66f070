import ArgumentParser
import Governance
import Server

/// `martlet token create`: prints the secret, once.
struct TokenCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a token for a user and print it. It is shown this once: only its hash is kept."
    )

    @Option(help: "The user whom it stands for: letters, digits and . - _ @ +")
    var user: String

    @OptionGroup
    var store: TokenStoreOptions

    func run() async throws {
        try await store.run { administration in
            let new = try await administration.tokens.create(user: user, by: administration.actor)
            // Nothing but the token goes to standard output, so that a script can take it from there.
            Terminal.printError("Token \(new.token.id) of \(new.token.user); keep it, it can't be shown again:")
            Terminal.print(new.secret)
        }
    }
}
