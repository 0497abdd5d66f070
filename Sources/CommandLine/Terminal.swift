import Foundation
import Glibc

/// The terminal's streams, written to at once and not line by line of a buffer.
enum Terminal {
    /// Writes a line of output.
    static func print(_ line: String) {
        write(line + "\n", to: STDOUT_FILENO)
    }

    /// Writes a line for a person about what went wrong.
    static func printError(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Writes text for a person beside the output: progress, a question.
    static func note(_ text: String) {
        write(text, to: STDERR_FILENO)
    }

    /// A line that a person types without its being shown, after `prompt`; nil at the end of the input.
    static func readHidden(_ prompt: String) -> String? {
        var shown = termios()
        let isTerminal = tcgetattr(STDIN_FILENO, &shown) == 0
        if isTerminal {
            var hidden = shown
            hidden.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &hidden)
        }
        note(prompt)
        defer {
            if isTerminal { tcsetattr(STDIN_FILENO, TCSANOW, &shown) }
            note("\n")
        }
        return readLine()
    }

    /// How many columns the output has: those of its terminal, else what `COLUMNS` says; nil when nothing says it.
    static func width(_ environment: [String: String]) -> Int? {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    private static func write(_ text: String, to file: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if written >= 0 {
                bytes = bytes.dropFirst(written)
            } else if errno == EPIPE {
                // Whoever read the output has seen enough, as `head` does; end as a program that knows no better.
                Glibc.exit(128 + SIGPIPE)
            } else if errno != EINTR && errno != EAGAIN {
                return
            }
        }
    }
}
