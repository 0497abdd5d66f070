import Foundation

/// The terminal's two streams, written to at once and not line by line of a buffer.
enum Terminal {
    /// Writes a line of output.
    static func print(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// Writes a line for a person about what went wrong.
    static func printError(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
