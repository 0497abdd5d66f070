import ArgumentParser

/// `martlet stages`: where versions stand.
struct StagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stages",
        abstract: "Move model versions between stages.",
        discussion: ExitCodes.help,
        subcommands: [StagesSetCommand.self]
    )
}
