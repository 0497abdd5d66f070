import Glibc
import Kernel

/// How a command that takes long shows what it does, on standard error: a line that changes on a terminal, a line now and
/// then where nobody watches, and lines of JSON for programs.
enum MeterForm: Sendable {
    case terminal(width: Int)
    case lines
    case json

    /// How wide a terminal is taken to be that does not say it.
    private static let usualWidth = 80
    /// Takes a terminal back to the beginning of its line, which is empty then.
    private static let wiping = "\r\u{1B}[K"

    /// The form for whoever reads `output`.
    init(_ output: Output) {
        if output.isJSON {
            self = .json
        } else {
            self = isatty(STDERR_FILENO) == 1 ? .terminal(width: output.width ?? Self.usualWidth) : .lines
        }
    }

    /// The form for whoever reads `output`, where that is a person at a terminal; nil elsewhere.
    static func onTerminal(_ output: Output) -> MeterForm? {
        let form = MeterForm(output)
        guard case .terminal = form else { return nil }
        return form
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
        case .terminal(let width): Terminal.note(Self.wiping + DisplayText.cut(text(), to: width - 1))
        case .lines: Terminal.note(text() + "\n")
        case .json: Terminal.note(json().text + "\n")
        }
    }

    /// Says something once.
    func note(_ sentence: String) {
        switch self {
        case .terminal: Terminal.note("\(Self.wiping)\(DisplayText.line(sentence))\n")
        case .lines: Terminal.note(DisplayText.line(sentence) + "\n")
        case .json: Terminal.note(JSON.object(["note": .string(sentence)]).text + "\n")
        }
    }

    /// Wipes the line that changes.
    func end() {
        if case .terminal = self { Terminal.note(Self.wiping) }
    }
}
