import ArgumentParser
import Martlet
import Server

/// What the numbers mean with which the program ends.
enum ExitCodes {
    static let refused: Int32 = 1
    static let usage: Int32 = 2
    static let unreachable: Int32 = 3

    /// The same for a person, as the commands' help says it.
    static let help = """
        Exit codes: 0 done; 1 refused, failed or not found; 2 wrong options; 3 no server answered.
        """

    /// Runs `check`; what it refuses ends the program as a wrong option does, with its usage.
    ///
    /// - Throws: `ValidationError`.
    static func wrongOption(_ check: () throws -> Void) throws {
        do {
            try check()
        } catch let error as StartupError {
            throw ValidationError(error.description)
        }
    }

    /// The number for a failed request.
    static func of(_ error: ClientError) -> ExitCode {
        switch error.kind {
        case .usage: ExitCode(usage)
        case .unreachable: ExitCode(unreachable)
        case .unauthenticated, .notFound, .file, .refused: ExitCode(refused)
        }
    }
}
