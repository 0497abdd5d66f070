import ArgumentParser
import Foundation
import Martlet

/// Which server is asked, and how its answer is printed.
struct ClientOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server's address. (default: MARTLET_URL, else MLFLOW_TRACKING_URI, else \(ServerAddress.usual))",
            valueName: "url"
        )
    )
    var server: String?

    @Option(help: ArgumentHelp("How long a request may take.", valueName: "seconds"))
    var timeout = 30

    @Flag(help: "Print one JSON document for programs.")
    var json = false

    func validate() throws {
        guard (1...86_400).contains(timeout) else {
            throw ValidationError("--timeout is a number of seconds from 1 to 86400, not \(timeout).")
        }
    }

    /// A client of the server that the options and the environment name.
    func client(_ environment: [String: String]) throws -> MartletClient {
        MartletClient(
            try Self.address(server, environment),
            credentials: Credentials(environment: environment),
            limit: .seconds(timeout)
        )
    }

    static func address(_ option: String?, _ environment: [String: String]) throws -> ServerAddress {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        return try ServerAddress(
            option ?? value("MARTLET_URL") ?? value("MLFLOW_TRACKING_URI") ?? ServerAddress.usual
        )
    }
}
