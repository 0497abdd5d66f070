import ArgumentParser
import Foundation
import Kernel
import Server

/// Where the tokens are: the options of `martlet server` that say where its database is.
struct TokenStoreOptions: ParsableArguments {
    @Option(help: "The server's folder. (default: ./martlet-data)")
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            "The server's database. (default: SQLite in its folder)",
            valueName: "sqlite:///… | postgresql://…"
        )
    )
    var backendStoreURI: String?

    /// Runs `body` on the tokens; what goes wrong is one line for a person.
    func run(_ body: (TokenAdministration) async throws -> Void) async throws {
        let environment = ProcessInfo.processInfo.environment
        let store = backendStoreURI ?? environment["MARTLET_BACKEND_STORE_URI"]
        if let store { try ExitCodes.wrongOption { try ServerConfiguration.checkDatabase(store) } }
        do {
            let administration = try await TokenAdministration(
                dataDirectory: dataDir ?? environment["MARTLET_DATA_DIR"] ?? ServerConfiguration().dataDirectory,
                backendStoreURI: store
            )
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(administration))
            } catch {
                outcome = .failure(error)
            }
            await administration.close()
            try outcome.get()
        } catch {
            let message = (error as? MartletError)?.message ?? "\(error)"
            Terminal.printError("martlet: \(message)")
            throw ExitCode(1)
        }
    }
}
