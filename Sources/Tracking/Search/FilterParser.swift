/// Reads MLflow's filter grammar: conditions joined by AND; no OR, no parentheses around conditions.
package struct FilterParser {
    /// More conditions than anybody writes by hand; each costs a sub-query.
    private static let conditionsMax = 100
    private let tokens: [FilterLexer.Located]
    private let length: Int
    private var position = 0

    private init(_ text: String) throws(FilterSyntaxError) {
        tokens = try FilterLexer.tokens(text)
        length = text.utf8.count
    }

    /// The conditions of `text` in order; none when it is blank.
    ///
    /// - Throws: ``FilterSyntaxError`` with the place of the first fault.
    package static func parse(_ text: String) throws(FilterSyntaxError) -> [FilterCondition] {
        var parser = try FilterParser(text)
        guard !parser.tokens.isEmpty else { return [] }
        var conditions = [try parser.condition()]
        while !parser.isAtEnd {
            guard parser.takeWord("AND") else {
                throw parser.fault("Invalid clause(s) in filter string: expected AND")
            }
            conditions.append(try parser.condition())
            guard conditions.count <= conditionsMax else { throw parser.fault("more than \(conditionsMax) conditions") }
        }
        return conditions
    }

    /// The key and direction that `text` names: `metrics.rmse DESC`.
    ///
    /// - Throws: ``FilterSyntaxError``.
    package static func parseOrder(_ text: String) throws(FilterSyntaxError) -> FilterOrder {
        var parser = try FilterParser(text)
        let (entity, key) = try parser.name()
        if parser.isAtEnd || parser.takeWord("ASC") {
            guard parser.isAtEnd else { throw parser.fault("text after the order") }
            return FilterOrder(entity: entity, key: key, isAscending: true)
        }
        guard parser.takeWord("DESC"), parser.isAtEnd else { throw parser.fault("expected ASC or DESC") }
        return FilterOrder(entity: entity, key: key, isAscending: false)
    }

    private var isAtEnd: Bool { position == tokens.count }

    private func fault(_ reason: String) -> FilterSyntaxError {
        FilterSyntaxError(offset: isAtEnd ? length : tokens[position].offset, reason: reason)
    }

    private mutating func take() -> FilterLexer.Token? {
        guard !isAtEnd else { return nil }
        defer { position += 1 }
        return tokens[position].token
    }

    private mutating func takeWord(_ word: String) -> Bool {
        guard !isAtEnd, case .identifier(nil, let key) = tokens[position].token, key.uppercased() == word else {
            return false
        }
        position += 1
        return true
    }

    private mutating func name() throws(FilterSyntaxError) -> (entity: String?, key: String) {
        let missing = fault("expected the name of an attribute, a metric, a param or a tag")
        switch take() {
        case .identifier(let entity, let key)?: return (entity, key)
        case .string(let key)?: return (nil, key)
        default: throw missing
        }
    }

    private mutating func condition() throws(FilterSyntaxError) -> FilterCondition {
        let offset = isAtEnd ? length : tokens[position].offset
        var (entity, key) = try name()
        // `run name` is an attribute whose alias holds a space.
        if entity == nil, key.lowercased() == "run", takeWord("NAME") { key = "run name" }
        let comparison = try comparison()
        let value = try value(comparison)
        entity = entity?.lowercased()
        return FilterCondition(entity: entity, key: key, comparison: comparison, value: value, offset: offset)
    }

    private mutating func comparison() throws(FilterSyntaxError) -> FilterCondition.Operator {
        if !isAtEnd, case .comparison(let comparison) = tokens[position].token {
            position += 1
            return comparison
        }
        if takeWord("LIKE") { return .like }
        if takeWord("ILIKE") { return .ilike }
        if takeWord("IN") { return .isIn }
        if takeWord("NOT") {
            guard takeWord("IN") else { throw fault("expected IN after NOT") }
            return .isNotIn
        }
        if takeWord("IS") {
            if takeWord("NULL") { return .isNull }
            guard takeWord("NOT"), takeWord("NULL") else { throw fault("expected NULL or NOT NULL after IS") }
            return .isNotNull
        }
        throw fault("Invalid clause(s) in filter string: expected a comparison")
    }

    private mutating func value(_ comparison: FilterCondition.Operator) throws(FilterSyntaxError)
        -> FilterCondition.Value
    {
        switch comparison {
        case .isNull, .isNotNull: return .none
        case .isIn, .isNotIn: return .list(try list())
        default: break
        }
        let missing = fault("expected a number or a quoted string")
        switch take() {
        case .string(let text)?: return .string(text)
        case .number(let number, let text)?: return .number(number, text: text)
        default: throw missing
        }
    }

    private mutating func list() throws(FilterSyntaxError) -> [String] {
        guard take() == .open else { throw fault("expected a list of quoted strings in parentheses") }
        var items: [String] = []
        while true {
            guard case .string(let text)? = take() else {
                throw fault("While parsing a list in the query, expected string value, punctuation, or whitespace")
            }
            items.append(text)
            switch take() {
            case .comma?: continue
            case .close?: return items
            default: throw fault("expected ',' or ')'")
            }
        }
    }
}
