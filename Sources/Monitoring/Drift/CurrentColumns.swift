import Kernel

/// The values of some columns over the rows of a window.
struct CurrentColumns {
    private var indices: [String: Int] = [:]
    private var values: [[JSON]]
    /// How many rows there are.
    let rowCount: Int

    /// Reads `names` from each of `rows`, JSON objects; a row that is not one counts as all missing.
    ///
    /// The row of a model that takes one tensor has one member, a list; if it is as long as `names` and has none of
    /// their names, its elements are taken in the order of `names`. One pass over the rows, one text at a time.
    init(_ names: [String], from rows: [String]) {
        for (index, name) in names.enumerated() { indices[name] = index }
        values = Array(repeating: [], count: names.count)
        rowCount = rows.count
        for index in values.indices { values[index].reserveCapacity(rows.count) }
        for (row, text) in rows.enumerated() {
            for (index, value) in cells(of: text) where values[index].count == row { values[index].append(value) }
            for index in values.indices where values[index].count == row { values[index].append(.null) }
        }
    }

    /// A column as numbers; nil where it is missing or holds something else. Booleans are 0 and 1.
    func numbers(_ name: String) -> [Double?] {
        column(name).map { value in
            switch value {
            case .boolean(let flag): flag ? 1 : 0
            default: value.doubleValue
            }
        }
    }

    /// A column as categories; nil where it is missing. What is not text counts as its JSON text.
    func texts(_ name: String) -> [String?] {
        column(name).map { value in
            switch value {
            case .null: nil
            case .string(let text): text
            default: value.text
            }
        }
    }

    /// The values of a row, each with the place of its column.
    private func cells(of text: String) -> [(Int, JSON)] {
        let members: [JSONObject.Member]
        do {
            members = try JSON.parse(text.utf8, nonFinite: .accept).objectValue?.members ?? []
        } catch {
            // A log row that is no JSON has no values: the growth of the missing share shows it.
            return []
        }
        if members.count == 1, indices[members[0].name] == nil, let elements = members[0].value.arrayValue,
            elements.count == values.count
        {
            return elements.enumerated().map { ($0.offset, $0.element) }
        }
        return members.compactMap { member in indices[member.name].map { ($0, member.value) } }
    }

    private func column(_ name: String) -> [JSON] {
        indices[name].map { values[$0] } ?? []
    }
}
