import ArgumentParser
import Glibc
import Martlet

/// The question before something is gone for good.
struct Confirmation: ParsableArguments {
    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    /// Returns when a person, or `--yes`, has agreed.
    ///
    /// - Throws: an exit code when the answer is no; ``ClientError`` of kind `usage` when there is nobody to ask.
    func ask(_ question: String) throws {
        if yes { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ClientError(.usage, question, remedy: "There is nobody to ask; --yes agrees to it.")
        }
        Terminal.note("\(question) [y/N] ")
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            Terminal.printError("Nothing was done.")
            throw ExitCode(ExitCodes.refused)
        }
    }
}
