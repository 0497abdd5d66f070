import ArgumentParser

/// `martlet token`: who may use the server.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke the tokens by which users log in.",
        discussion: """
            It works on the server's database, so run it where 'martlet server' runs, with the same --data-dir or \
            --backend-store-uri; the server may be running.
            MLflow's client sends a token that is in MLFLOW_TRACKING_TOKEN, or in MLFLOW_TRACKING_PASSWORD with the \
            user in MLFLOW_TRACKING_USERNAME.
            Exit codes: 0 done; 1 could not; 2 wrong options.
            """,
        subcommands: [TokenCreateCommand.self, TokenListCommand.self, TokenRevokeCommand.self]
    )
}
