import Glibc
import Kernel

/// How a command that takes long shows what it does, on standard error: a line that changes on a terminal, a line now and
/// then where nobody watches, and lines of JSON for programs.
enum MeterForm: Sendable {
    case terminal(width: Int)
    case lines
    case json

    private static let usualWidth = 80

    /// The form for whoever reads `output`.
    init(_ output: Output) {
        if output.isJSON {
            self = .json
        } else {
            self = isatty(STDERR_FILENO) == 1 ? .terminal(width: output.width ?? Self.usualWidth) : .lines
        }
    }

    /// The time between two lines.
    var pause: Duration {
        switch self {
        case .terminal: .milliseconds(200)
        case .lines: .seconds(10)
        case .json: .seconds(1)
        }
    }

    /// Shows how far things are.
    func show(_ text: @autoclosure () -> String, _ json: @autoclosure () -> JSON) {
        switch self {
        // A line that fills the terminal would wrap, and could not be wiped.
        case .terminal(let width): Terminal.note("\r\u{1B}[K" + DisplayText.cut(text(), to: width - 1))
        case .lines: Terminal.note(text() + "\n")
        case .json: Terminal.note(json().text + "\n")
        }
    }

    /// Wipes the line that changes.
    func end() {
        if case .terminal = self { Terminal.note("\r\u{1B}[K") }
    }
}
