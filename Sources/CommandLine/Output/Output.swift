import Kernel
import Martlet

/// Where a command's answer goes, and in which form: text for a person, or one JSON document.
struct Output {
    let isJSON: Bool
    let style: Style
    /// How many columns there are; nil when nothing bounds them.
    let width: Int?

    init(isJSON: Bool, _ environment: [String: String]) {
        self.isJSON = isJSON
        style = Style(environment)
        width = Terminal.width(environment)
    }

    /// Prints a list: an array for programs; for a person a table, or `none` when it is empty.
    func list<Item: Record>(
        _ found: (items: [Item], more: Bool),
        none: String,
        columns: [Table.Column],
        row: (Item) -> [Table.Cell]
    ) {
        if isJSON {
            Terminal.print(JSON.array(found.items.map(\.json)).text)
        } else if found.items.isEmpty {
            Terminal.note(none + "\n")
        } else {
            print(Table(columns: columns, rows: found.items.map(row)))
        }
        if found.more {
            Terminal.note("Only the first \(found.items.count) are shown; --limit or --all shows more.\n")
        }
    }

    /// Prints one thing: its document for programs, its details for a person.
    func show(_ json: JSON, _ details: Details) {
        Terminal.print(isJSON ? json.text : details.text(width: width, style: style))
    }

    /// Says that something was done: a document for programs, a sentence for a person.
    func done(_ json: JSON, _ sentence: String) {
        Terminal.print(isJSON ? json.text : DisplayText.line(sentence))
    }

    /// Prints a table for a person.
    func print(_ table: Table) {
        Terminal.print(table.text(width: width, style: style))
    }
}
