import Database
import Kernel

/// A table of MLflow's, or a join of some, that is read in pages by a key.
struct SourceTable: Sendable {
    /// The columns that tell its rows apart, in the order in which it is read: an index has them, or begins so.
    let key: [SQLText]
    /// What is read besides the key.
    let columns: [SQLText]
    /// What stands after FROM.
    let source: SQLText
    /// What all rows must meet.
    var condition: SQLText = "1 = 1"
    /// What tells that a row belongs to something that is there. SQLite files may have rows that don't, where a person
    /// deleted what they belonged to.
    var isOwned: SQLText = "1 = 1"

    /// The rows after the one with the key `last`, at most `limit`, each with its key first.
    ///
    /// - Throws: ``DatabaseError``.
    func page(after last: [SQLValue]?, limit: Int, on connection: any SQLConnection) throws -> [SourceRow] {
        let keys = key.joined(separator: ", ")
        let all = (key + columns).joined(separator: ", ")
        var text: [SQLText] = ["SELECT ", all, " FROM ", source, " WHERE ", condition, " AND ", isOwned]
        if last != nil {
            // A condition on the first column alone tells SQLite where in its index to begin.
            let last = SQLText.parameters(from: 1, count: key.count)
            text += [" AND ", key[0], " >= $1 AND (", keys, ") > (", last, ")"]
        }
        text += [" ORDER BY ", keys, " LIMIT ", .number(limit)]
        return try connection.query(text.joined(separator: ""), last ?? []) { SourceRow($0) }
    }

    /// How many rows belong to nothing that is there; they are never read.
    ///
    /// - Throws: ``DatabaseError``.
    func countStray(on connection: any SQLConnection) throws -> Int {
        let text: [SQLText] = ["SELECT COUNT(*) FROM ", source, " WHERE ", condition, " AND NOT ", isOwned]
        return Int(try connection.first(text.joined(separator: ""), []) { try $0.integer(0) } ?? 0)
    }

    /// The key of a row.
    func key(of row: SourceRow) -> [SQLValue] { Array(row.values.prefix(key.count)) }
}

/// Where the reading of a table has come to, as text that is kept between two attempts.
struct SourceCursor: Sendable {
    /// The key of the last row that was read, nil before the first.
    var key: [SQLValue]?

    /// Before the first row.
    init() {}

    /// After the row with `key`.
    init(after key: [SQLValue]) {
        self.key = key
    }

    /// Where the text of another cursor says.
    ///
    /// - Throws: ``ImportError`` when it is not one.
    init(_ text: String) throws {
        key = try JSON.parse(text.utf8).arrayValue?.map { value in
            guard let text = value.stringValue, text.count >= 2 else { throw Self.unreadable }
            let rest = String(text.dropFirst(2))
            switch text.first {
            case "i": return .integer(Int64(rest) ?? 0)
            case "d": return .double(Double(bitPattern: UInt64(rest) ?? 0))
            default: return .text(rest)
            }
        }
    }

    /// The key with the kind of each value; doubles bit for bit.
    var text: String {
        let values = (key ?? []).map { value in
            switch value {
            case .integer(let number): JSON.string("i:\(number)")
            case .double(let number): JSON.string("d:\(number.bitPattern)")
            case .text(let text): JSON.string("t:" + text)
            case .null, .blob: JSON.string("t:")
            }
        }
        return JSON.array(values).text
    }

    private static let unreadable = ImportError("The place where the last import stopped can't be read.")
}
