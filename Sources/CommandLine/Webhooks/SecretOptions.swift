import ArgumentParser
import Foundation
import Glibc
import Martlet

/// Where a webhook's secret is read from: never from an argument, which everybody on the machine sees beside the
/// processes.
struct SecretOptions: ParsableArguments {
    /// The server takes at most a thousand bytes, and says so better than a file that was cut.
    private static let bytesMax = 1 << 16

    @Option(
        help: ArgumentHelp(
            "The file that holds the secret by which deliveries are signed; - for standard input.",
            valueName: "path"
        )
    )
    var secretFile: String?

    @Option(help: ArgumentHelp("The environment variable that holds it.", valueName: "name"))
    var secretVariable: String?

    func validate() throws {
        guard secretFile == nil || secretVariable == nil else {
            throw ValidationError("--secret-file and --secret-variable can't both be given.")
        }
    }

    /// The secret; nil when no option names one.
    ///
    /// - Throws: ``ClientError``; its message never holds what was read.
    func secret(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws(ClientError) -> String? {
        if let secretVariable {
            guard let secret = environment[secretVariable], !secret.isEmpty else {
                throw ClientError(.usage, "The environment variable \(secretVariable) holds no secret.")
            }
            return secret
        }
        guard let secretFile else { return nil }
        if secretFile == "-", isatty(STDIN_FILENO) == 1 {
            return try Self.line(Array((Terminal.readHidden("Secret: ") ?? "").utf8), of: "what was typed")
        }
        let file = InputFile(secretFile)
        return try Self.line(try file.bytes(upTo: Self.bytesMax), of: file.name)
    }

    /// The one line that `bytes` are, without the end that an editor or `echo` gives it.
    static func line(_ bytes: [UInt8], of place: String) throws(ClientError) -> String {
        var line = bytes[...]
        if line.last == UInt8(ascii: "\n") { line = line.dropLast() }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        guard !line.isEmpty else {
            throw ClientError(.usage, "There is no secret in \(place).")
        }
        guard !line.contains(UInt8(ascii: "\n")), let secret = String(validating: line, as: UTF8.self) else {
            throw ClientError(.usage, "The secret in \(place) is not one line of UTF-8.")
        }
        return secret
    }
}
