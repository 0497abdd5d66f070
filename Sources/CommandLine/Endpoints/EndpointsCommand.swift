import ArgumentParser

/// `martlet endpoints`: where models are served.
struct EndpointsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endpoints",
        abstract: "List, show, deploy and delete endpoints, and share their requests out.",
        discussion: ExitCodes.help,
        subcommands: [
            EndpointsListCommand.self,
            EndpointsShowCommand.self,
            EndpointsDeployCommand.self,
            EndpointsTrafficCommand.self,
            EndpointsRollbackCommand.self,
            EndpointsContractCommand.self,
            EndpointsDeleteCommand.self,
        ]
    )
}
