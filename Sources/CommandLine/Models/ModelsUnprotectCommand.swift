import ArgumentParser
import Kernel
import Martlet

/// `martlet models unprotect`.
struct ModelsUnprotectCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "unprotect",
        abstract: "Wish that anybody may change the stages of a model's versions again.",
        discussion: """
            Two people lift a protection: it is gone when a second user says the same. 'martlet models protect' takes
            the wish back.
            Example: martlet models unprotect iris
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let protection = try await client.setProtection(of: model, false)
        output.done(
            protection.json,
            protection.isProtected
                ? "'\(model)' is protected until a user other than \(protection.liftRequestedBy) says the same."
                : "Versions of '\(model)' change their stage without requests."
        )
    }
}
