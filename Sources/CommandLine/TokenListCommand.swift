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
            guard !json else { return Terminal.print(Self.json(tokens)) }
            guard !tokens.isEmpty else {
                return Terminal.note("There are no tokens. 'martlet token create --user NAME' makes one.\n")
            }
            Output(isJSON: json, ProcessInfo.processInfo.environment).print(Self.table(tokens))
        }
    }

    private static func table(_ tokens: [AccessToken]) -> Table {
        Table(
            columns: [
                .init(title: "ID"), .init(title: "USER", isFlexible: true), .init(title: "STATE"),
                .init(title: "CREATED", isOptional: true), .init(title: "REVOKED", isOptional: true),
            ],
            rows: tokens.map { token in
                [
                    .init(token.id), .init(token.user),
                    token.revokedAt == nil ? .init("good", .good) : .init("revoked", .bad),
                    .init(Readable.time(token.createdAt), .faint), .init(Readable.time(token.revokedAt), .faint),
                ]
            }
        )
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
