import Kernel

/// Reads `condition AND condition …` in MLflow's grammar, and answers its faults in MLflow's words.
///
/// There is no OR, there are no parentheses around conditions, and an `AND` too many or too few does no harm.
struct FilterParser {
    private typealias Token = FilterLexer.Token
    private typealias Comparison = (left: Token, comparator: String, right: Token?)

    private static let lengthMax = 1_000_000
    /// A key has at most some hundreds of characters.
    private static let orderLengthMax = 10_000
    /// More than anybody writes by hand; each costs a sub-query.
    private static let conditionsMax = 100

    private let tokens: [Token]
    private var position = 0

    /// The conditions of `text` in order; none when it is empty.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func parse(_ text: String) throws -> [FilterCondition] {
        guard !text.isEmpty else { return [] }
        guard text.utf8.count <= lengthMax else {
            throw invalid("Invalid filter: it is longer than \(lengthMax) bytes.")
        }
        let tokens = FilterLexer.tokens(text)
        if let end = tokens.firstIndex(where: { $0.text == ";" }), end < tokens.count - 1 {
            throw invalid(
                "Search filter contained multiple expression \(PythonText.literal(text)). "
                    + "Provide AND-ed expression list."
            )
        }
        var parser = FilterParser(tokens: tokens)
        return try parser.conditions(of: text)
    }

    /// The key and direction that `text` names: `metrics.rmse DESC`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func parseOrder(_ text: String) throws -> FilterOrder {
        guard text.utf8.count <= orderLengthMax else {
            throw invalid("Invalid order_by clause: it is longer than \(orderLengthMax) bytes.")
        }
        let tokens = FilterLexer.tokens(text)
        guard let name = tokens.first, name.kind == .name, !name.text.hasSuffix("."), tokens.count <= 2 else {
            throw invalid("Invalid order_by clause '\(text.prefix(200))'. Could not be parsed.")
        }
        let direction = tokens.dropFirst().first?.text.lowercased() ?? "asc"
        guard direction == "asc" || direction == "desc" else {
            throw invalid("Invalid ordering key in order_by clause '\(text.prefix(200))'.")
        }
        let (entity, key) = Self.parts(of: name.text)
        return FilterOrder(entity: entity, key: key, isAscending: direction == "asc")
    }

    private init(tokens: [Token]) {
        self.tokens = tokens
    }

    private mutating func conditions(of text: String) throws -> [FilterCondition] {
        guard !tokens.isEmpty else {
            throw Self.invalid("Invalid filter '\(text.prefix(200))'. Could not be parsed.")
        }
        var comparisons: [Comparison] = []
        var strangers: [String] = []
        while position < tokens.count {
            if let (comparison, length) = comparison() {
                comparisons.append(comparison)
                position += length
            } else {
                if !tokens[position].isKeyword("AND") { strangers.append(tokens[position].text) }
                position += 1
            }
        }
        guard strangers.isEmpty else {
            let clauses = strangers.map { $0.prefix(200) }.joined(separator: ", ")
            throw Self.invalid("Invalid clause(s) in filter string: \(clauses)")
        }
        guard comparisons.count <= Self.conditionsMax else {
            throw Self.invalid("Invalid filter: it has more than \(Self.conditionsMax) conditions.")
        }
        return try comparisons.map(Self.condition)
    }

    /// The comparison that begins at the next token, and how many tokens it has; nil if none does.
    private func comparison() -> (Comparison, length: Int)? {
        let left = tokens[position]
        switch left.kind {
        case .name, .operation, .string, .integer, .decimal: break
        case .comparator, .keyword, .list, .other: return nil
        }
        guard let comparator = token(1) else { return nil }
        if comparator.kind == .comparator {
            guard let right = token(2), right.kind != .comparator, right.kind != .other else { return nil }
            guard right.kind != .keyword || right.isKeyword("NULL") else { return nil }
            return ((left, comparator.text, right), 3)
        }
        // These are read as one only where they stand apart: what is before them is nothing or an AND.
        guard left.kind == .name, position == 0 || tokens[position - 1].isKeyword("AND") else { return nil }
        return keywordComparison(left)
    }

    private func keywordComparison(_ left: Token) -> (Comparison, length: Int)? {
        let words = (1...3).map { place in token(place).flatMap { $0.kind == .keyword ? $0.text.uppercased() : nil } }
        switch (words[0], words[1], words[2]) {
        case ("IN", nil, _): return list(2).map { ((left, "IN", $0), 3) }
        case ("NOT", "IN", nil): return list(3).map { ((left, "NOT IN", $0), 4) }
        case ("IS", "NULL", _): return ((left, "IS NULL", nil), 3)
        case ("IS", "NOT", "NULL"): return ((left, "IS NOT NULL", nil), 4)
        default: return nil
        }
    }

    private func token(_ place: Int) -> Token? {
        position + place < tokens.count ? tokens[position + place] : nil
    }

    private func list(_ place: Int) -> Token? {
        token(place).flatMap { $0.kind == .list ? $0 : nil }
    }
}

extension FilterParser {
    private static func condition(_ comparison: Comparison) throws -> FilterCondition {
        guard comparison.left.kind == .name else {
            throw invalid(
                "Invalid comparison clause. Expected 'Identifier' found '\(comparison.left.text.prefix(200))'"
            )
        }
        let (entity, key) = parts(of: comparison.left.text)
        guard !key.isEmpty else {
            throw invalid("Invalid comparison clause. A key is missing after '\(comparison.left.text.prefix(200))'")
        }
        return FilterCondition(
            entity: entity,
            key: key,
            comparison: FilterCondition.Operator(comparison.comparator),
            value: comparison.right.map(value) ?? .none,
            valueText: comparison.right?.text ?? ""
        )
    }

    /// The name split at its first dot, wherever that stands, as MLflow does it.
    private static func parts(of name: String) -> (entity: String?, key: String) {
        let parts = name.unicodeScalars.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let key = PythonText.unquoted(String(parts[parts.count - 1]), "'\"`")
        guard parts.count == 2 else { return (nil, key.text) }
        return (PythonText.unquoted(String(parts[0]), "`").text, key.text)
    }

    private static func value(_ token: Token) -> FilterCondition.Value {
        switch token.kind {
        case .string, .name:
            let (text, isQuoted) = PythonText.unquoted(token.text, "'\"")
            return isQuoted ? .string(text) : .word
        case .integer, .decimal:
            // Too large for a number is infinite.
            return .number(Double(token.text.hasSuffix(".") ? token.text + "0" : token.text) ?? 0, text: token.text)
        case .list:
            do throws(PythonListFault) {
                return .list(try PythonText.texts(inList: token.text))
            } catch {
                return .malformedList(reason: error.reason)
            }
        case .operation, .comparator, .keyword, .other: return .word
        }
    }

    private static func invalid(_ message: String) -> MartletError {
        MartletError(.invalidParameterValue, message)
    }
}
