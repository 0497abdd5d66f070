import ArgumentParser
import Kernel

/// `martlet runs`: what was tried.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List, show, compare, export, delete and restore runs.",
        discussion: ExitCodes.help,
        subcommands: [
            RunsListCommand.self,
            RunsShowCommand.self,
            RunsCompareCommand.self,
            RunsExportCommand.self,
            RunsDeleteCommand.self,
            RunsRestoreCommand.self,
        ]
    )

    /// Changes runs one after another, and tells those that are done even where one of them fails.
    static func mark(
        _ ids: [String],
        _ stage: String,
        _ output: Output,
        _ change: (String) async throws -> Void
    ) async throws {
        var done: [String] = []
        var failure: (any Error)?
        for id in ids {
            do {
                try await change(id)
                done.append(id)
            } catch {
                failure = error
                break
            }
        }
        if failure == nil || !done.isEmpty {
            output.done(
                .array(done.map { ["run_id": .string($0), "lifecycle_stage": .string(stage)] }),
                done.map { "Run \($0) is \(stage)." }.joined(separator: " ")
            )
        }
        if let failure { throw failure }
    }
}
