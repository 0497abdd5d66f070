import Kernel

/// The CSV body of `/invocations`: a row of names, then a row of values for each prediction (RFC 4180).
enum CSVBody {
    /// The inputs in `bytes` for a model with `plan`.
    ///
    /// An empty cell is a missing value. Columns that the signature does not name are dropped.
    /// - Throws: `BAD_REQUEST` for other text, `INVALID_PARAMETER_VALUE` that names row and column.
    static func inputs(_ bytes: UnsafeRawBufferPointer, _ plan: InputPlan) throws -> ModelInputs {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw MartletError(.badRequest, "The body is not UTF-8")
        }
        var reader = CSVReader(text)
        guard let header = try reader.next() else {
            throw MartletError(.badRequest, "The CSV body must begin with a row of column names")
        }
        let places = plan.places(of: header)
        var builder = InputBuilder(plan, unknown: .drop)
        while let cells = try reader.next() {
            if let places {
                let values = zip(cells, places).map { cell, place in
                    value(cell, of: place.flatMap { plan.columns.isEmpty ? nil : plan.columns[$0].kind })
                }
                try builder.append(cells.count == places.count ? values : cells.map { .string($0) }, at: places)
            } else {
                try builder.append(.array(cells.map { value($0, of: nil) }))
            }
        }
        return try builder.finish()
    }

    /// A cell as JSON would have it; left a string where it can be nothing else.
    static func value(_ cell: String, of kind: InputColumn.Kind?) -> JSON {
        if kind == .string { return .string(cell) }
        if cell.isEmpty { return .null }
        if let number = Int64(cell) { return .integer(number) }
        if let number = Double(cell), number.isFinite { return .number(number) }
        return switch cell {
        case "true", "True", "TRUE": .boolean(true)
        case "false", "False", "FALSE": .boolean(false)
        case "nan", "NaN", "NA": kind?.takesMissing == true ? .null : .string(cell)
        default: .string(cell)
        }
    }
}

/// The records of a CSV text, one after the other.
struct CSVReader {
    private var rest: Substring.UTF8View
    private let text: String

    init(_ text: String) {
        self.text = text
        rest = text.utf8[...]
    }

    /// The next record's cells; nil at the end. Empty lines are no records.
    ///
    /// - Throws: `BAD_REQUEST` for a quote that is not closed.
    mutating func next() throws -> [String]? {
        while let byte = rest.first, byte == 0x0A || byte == 0x0D { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        var cells: [String] = []
        while true {
            cells.append(try cell())
            guard let byte = rest.popFirst() else { return cells }
            if byte != UInt8(ascii: ",") { return cells }
        }
    }

    /// The cell here; a comma, the end of the line or of the text follows it.
    private mutating func cell() throws -> String {
        guard rest.first == UInt8(ascii: "\"") else {
            let end = rest.firstIndex { $0 == UInt8(ascii: ",") || $0 == 0x0A || $0 == 0x0D } ?? rest.endIndex
            defer { rest = rest[end...] }
            return String(Substring(rest[..<end]))
        }
        rest.removeFirst()
        var cell = ""
        while let quote = rest.firstIndex(of: UInt8(ascii: "\"")) {
            cell += String(Substring(rest[..<quote]))
            rest = rest[quote...].dropFirst()
            guard rest.first == UInt8(ascii: "\"") else { return try checkedEnd(of: cell) }
            cell += "\""
            rest.removeFirst()
        }
        throw MartletError(.badRequest, "The CSV body has a quote that is not closed")
    }

    private func checkedEnd(of cell: String) throws -> String {
        guard let byte = rest.first, byte != UInt8(ascii: ","), byte != 0x0A, byte != 0x0D else { return cell }
        throw MartletError(.badRequest, "The CSV body has text after a closing quote")
    }
}
