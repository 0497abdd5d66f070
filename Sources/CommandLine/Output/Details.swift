/// One thing, told whole: its facts, and below them its lists.
struct Details {
    private var parts: [Part] = []

    private enum Part {
        case facts(String?, [Fact])
        case table(String, Table)
    }

    private struct Fact {
        let name: String
        let cell: Table.Cell
    }

    /// Adds a fact to those without a heading, which come first; one that has no text is left out.
    mutating func add(_ name: String, _ text: String, _ tone: Style.Tone? = nil) {
        guard !text.isEmpty else { return }
        let fact = Fact(name: DisplayText.line(name), cell: Table.Cell(text, tone))
        if case .facts(nil, let facts)? = parts.first {
            parts[0] = .facts(nil, facts + [fact])
        } else {
            parts.insert(.facts(nil, [fact]), at: 0)
        }
    }

    /// Adds names with their values under a heading; nothing when there are none.
    mutating func add(_ heading: String, _ pairs: [(name: String, value: String)]) {
        guard !pairs.isEmpty else { return }
        parts.append(.facts(heading, pairs.map { Fact(name: DisplayText.line($0.name), cell: Table.Cell($0.value)) }))
    }

    /// Adds a table under a heading; one without rows is left out.
    mutating func add(_ heading: String, _ table: Table) {
        if !table.rows.isEmpty { parts.append(.table(heading, table)) }
    }

    /// The lines; facts are never cut, since this is where they are looked up.
    func text(width: Int?, style: Style) -> String {
        parts.map { part in
            switch part {
            case .table(let heading, let table):
                style.paint(heading, .heading) + "\n" + table.text(width: width, style: style)
            case .facts(let heading, let facts):
                (heading.map { style.paint($0, .heading) + "\n" } ?? "") + Self.text(facts, style)
            }
        }
        .joined(separator: "\n\n")
    }

    private static func text(_ facts: [Fact], _ style: Style) -> String {
        let widest = facts.map { DisplayText.width($0.name) }.max() ?? 0
        return facts.map { fact in
            let padding = String(repeating: " ", count: widest - DisplayText.width(fact.name) + 2)
            return style.paint(fact.name, .faint) + padding + style.paint(fact.cell.text, fact.cell.tone)
        }
        .joined(separator: "\n")
    }
}
