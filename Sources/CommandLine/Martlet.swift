import ArgumentParser
import Glibc
import Server

/// The command `martlet`.
@main
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "The whole life of a machine-learning model: track, register, serve, monitor.",
        discussion: """
            The commands below 'Client' ask a running server: the one that --server names, else MARTLET_URL, else \
            MLFLOW_TRACKING_URI, else http://127.0.0.1:5000. They log in with MARTLET_TOKEN, else \
            MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, else MLFLOW_TRACKING_TOKEN.
            \(ExitCodes.help)
            """,
        version: MartletVersion.current,
        subcommands: [
            ServerCommand.self, ServeCommand.self, TokenCommand.self, GarbageCollectionCommand.self,
            DoctorCommand.self,
            ImportCommand.self,
        ],
        groupedSubcommands: [CommandGroup(name: "Client", subcommands: clientCommands)]
    )

    private static let clientCommands: [any ParsableCommand.Type] = [
        ExperimentsCommand.self,
        RunsCommand.self,
        ArtifactsCommand.self,
        ModelsCommand.self,
        VersionsCommand.self,
        StagesCommand.self,
        TransitionsCommand.self,
        AliasesCommand.self,
        EndpointsCommand.self,
        PredictCommand.self,
        StreamCommand.self,
        AlertsCommand.self,
        WebhooksCommand.self,
    ]

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Terminal.printError(fullMessage(for: error))
            Glibc.exit(ExitCodes.usage)
        }
    }
}
