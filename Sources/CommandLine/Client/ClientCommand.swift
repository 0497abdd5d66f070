import ArgumentParser
import Foundation
import Martlet

/// A command that asks a server.
protocol ClientCommand: AsyncParsableCommand {
    /// Which server is asked, and how its answer is printed.
    var options: ClientOptions { get }

    /// Asks `client` and prints the answer.
    func run(_ client: MartletClient, _ output: Output) async throws
}

extension ClientCommand {
    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let client: MartletClient
        do {
            client = try options.client(environment)
        } catch let error as ClientError {
            throw Self.told(error)
        }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await run(client, Output(isJSON: options.json, environment)))
        } catch {
            outcome = .failure((error as? ClientError).map(Self.told) ?? error)
        }
        await client.close()
        try outcome.get()
    }

    /// Tells a person what went wrong; the number to end with.
    private static func told(_ error: ClientError) -> any Error {
        Terminal.printError("martlet: \(DisplayText.lines(error.description))")
        return ExitCodes.of(error)
    }
}
