import ArgumentParser
import Server

/// The command `martlet`.
@main
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "The whole life of a machine-learning model: track, register, serve, monitor.",
        version: MartletVersion.current,
        subcommands: [ServerCommand.self, TokenCommand.self, DoctorCommand.self]
    )
}
