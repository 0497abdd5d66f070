/// Rows under headings, made to fit a terminal.
struct Table {
    /// One column of a table.
    struct Column {
        let title: String
        /// Numbers stand at the right.
        var isNumber = false
        /// Text that may be cut; the widest is cut first. Identities are not cut before all else has been.
        var isFlexible = false
        /// The first to go, from the right, where even cut text does not fit.
        var isOptional = false
    }

    /// What stands in a row and a column.
    struct Cell: ExpressibleByStringLiteral {
        let text: String
        var tone: Style.Tone?

        init(_ text: String, _ tone: Style.Tone? = nil) {
            self.text = DisplayText.line(text)
            self.tone = tone
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    private static let gap = 2
    private static let flexibleMin = 10

    let columns: [Column]
    let rows: [[Cell]]

    /// The table's lines, in at most `width` columns when there is a width.
    func text(width: Int?, style: Style) -> String {
        let (kept, widths) = layout(width)
        let heading = kept.map { Cell(columns[$0].title, .heading) }
        let lines = [heading] + rows.map { row in kept.map { row[$0] } }
        return lines.map { cells in
            var line = ""
            for (index, cell) in cells.enumerated() {
                let isLast = index == cells.count - 1
                let text = DisplayText.cut(cell.text, to: widths[index])
                let padding = String(repeating: " ", count: widths[index] - DisplayText.width(text))
                let painted = style.paint(text, cell.tone)
                if columns[kept[index]].isNumber {
                    line += padding + painted
                } else {
                    line += painted + (isLast ? "" : padding)
                }
                if !isLast { line += String(repeating: " ", count: Self.gap) }
            }
            // A row that ends in empty cells ends with its last text.
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        .joined(separator: "\n")
    }

    /// Which columns are printed, and how wide.
    private func layout(_ width: Int?) -> (kept: [Int], widths: [Int]) {
        var kept = Array(columns.indices)
        var widths = columns.indices.map { column in
            rows.reduce(DisplayText.width(columns[column].title)) { max($0, DisplayText.width($1[column].text)) }
        }
        guard let width else { return (kept, widths) }
        func excess() -> Int { widths.reduce(Self.gap * (widths.count - 1), +) - width }
        func shrink(to least: Int, _ may: (Int) -> Bool) {
            while excess() > 0 {
                let candidates = widths.indices.filter { may(kept[$0]) && widths[$0] > least }
                guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
                widths[widest] -= 1
            }
        }
        shrink(to: Self.flexibleMin) { columns[$0].isFlexible }
        while excess() > 0, let last = kept.lastIndex(where: { columns[$0].isOptional }) {
            kept.remove(at: last)
            widths.remove(at: last)
        }
        shrink(to: 1) { columns[$0].isFlexible }
        shrink(to: 1) { _ in true }
        return (kept, widths)
    }
}
