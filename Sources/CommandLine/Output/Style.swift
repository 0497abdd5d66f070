import Glibc

/// Whether and how output is coloured.
struct Style {
    /// What a text's colour says.
    enum Tone: String {
        case heading = "1"
        case faint = "2"
        case good = "32"
        case caution = "33"
        case bad = "31"
    }

    /// Whether colours are written at all.
    let isColoured: Bool

    init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    /// Colours for a terminal, unless `NO_COLOR` says anything or the terminal knows none.
    init(_ environment: [String: String]) {
        let refused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        isColoured = isatty(STDOUT_FILENO) == 1 && !refused
    }

    /// The text in that tone.
    func paint(_ text: String, _ tone: Tone?) -> String {
        guard isColoured, let tone, !text.isEmpty else { return text }
        return "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m"
    }
}
