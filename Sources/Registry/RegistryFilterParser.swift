import Kernel

/// Reads `condition AND condition …` in MLflow's grammar, and answers its faults in MLflow's words.
struct RegistryFilterParser {
    private typealias Token = RegistryFilterLexer.Token

    private static let lengthMax = 100_000
    private static let conditionsMax = 1000

    private let vocabulary: SearchVocabulary
    private let tokens: [Token]
    private var position = 0

    /// The filter that `text` spells; an empty text asks for everything.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func parse(_ text: String, _ vocabulary: SearchVocabulary) throws -> RegistryFilter {
        guard !text.isEmpty else { return RegistryFilter(conditions: []) }
        guard text.utf8.count <= lengthMax else {
            throw RegistryRules.invalid("Invalid filter: it is longer than \(lengthMax) bytes.")
        }
        let tokens = RegistryFilterLexer.tokens(text)
        guard !tokens.isEmpty else {
            throw RegistryRules.invalid("Invalid filter '\(text)'. Could not be parsed.")
        }
        if let end = tokens.firstIndex(where: { $0.kind == .other && $0.text == ";" }), end < tokens.count - 1 {
            throw RegistryRules.invalid(
                "Search filter contained multiple expression \(PythonText.literal(text)). Provide AND-ed expression list."
            )
        }
        var parser = RegistryFilterParser(vocabulary: vocabulary, tokens: tokens)
        return try parser.filter()
    }

    private init(vocabulary: SearchVocabulary, tokens: [Token]) {
        self.vocabulary = vocabulary
        self.tokens = tokens
    }

    /// Like MLflow's, this reader doesn't mind an `AND` too many or too few.
    private mutating func filter() throws -> RegistryFilter {
        var comparisons: [(left: Token, comparator: Token, right: Token)] = []
        var strangers: [String] = []
        while position < tokens.count {
            if let comparison = comparison() {
                comparisons.append(comparison)
                position += 3
            } else {
                if !tokens[position].isKeyword("AND") { strangers.append(tokens[position].text) }
                position += 1
            }
        }
        guard strangers.isEmpty else {
            throw RegistryRules.invalid(
                "Invalid clause(s) in filter string: \(strangers.joined(separator: ", "))"
            )
        }
        guard comparisons.count <= Self.conditionsMax else {
            throw RegistryRules.invalid("Invalid filter: it has more than \(Self.conditionsMax) conditions.")
        }
        return RegistryFilter(conditions: try comparisons.map(condition))
    }

    /// The comparison that begins at the next token, if one does.
    private func comparison() -> (left: Token, comparator: Token, right: Token)? {
        guard position + 2 < tokens.count else { return nil }
        let (left, comparator, right) = (tokens[position], tokens[position + 1], tokens[position + 2])
        switch left.kind {
        case .name, .string, .integer, .number: break
        case .comparator, .keyword, .list, .other: return nil
        }
        let takesList = comparator.isKeyword("IN") || comparator.text.uppercased() == "NOT IN"
        guard takesList || comparator.kind == .comparator else { return nil }
        switch right.kind {
        case .list: return (left, comparator, right)
        case .name, .string, .integer, .number: return takesList ? nil : (left, comparator, right)
        case .comparator, .keyword, .other: return nil
        }
    }

    private func condition(left: Token, comparator: Token, right: Token) throws -> RegistryFilter.Condition {
        guard left.kind == .name, !left.text.contains("-") || left.text.contains("`") || left.text.contains("\"")
        else {
            throw RegistryRules.invalid("Invalid comparison clause. Expected 'Identifier' found '\(left.text)'")
        }
        let subject = try subject(left.text)
        return RegistryFilter.Condition(
            subject: subject,
            comparator: comparator.text.uppercased(),
            operand: try operand(right, of: subject)
        )
    }

    private func subject(_ name: String) throws -> RegistryFilter.Subject {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isTag = parts.count == 2 && (parts[0] == "tag" || parts[0] == "tags")
        guard parts.count == 1 || isTag || parts[0] == "attribute" else {
            throw RegistryRules.invalid(
                "Invalid entity type '\(parts[0])'. Valid entity types are ('attribute', 'tag', 'tags')"
            )
        }
        let key = String(parts[parts.count - 1])
        guard isTag || vocabulary.attributes.contains(key) else {
            let known = vocabulary.attributes.map { "'\($0)'" }.joined(separator: ", ")
            throw RegistryRules.invalid("Invalid attribute key '\(key)' specified. Valid keys are '{\(known)}'")
        }
        return isTag ? .tag(Self.unquoted(key, "`\"'") ?? key) : .attribute(key)
    }

    private func operand(_ token: Token, of subject: RegistryFilter.Subject) throws -> RegistryFilter.Operand {
        switch (subject, token.kind) {
        case (_, .string), (_, .name):
            guard let text = Self.unquoted(token.text, "'\"") else {
                throw RegistryRules.invalid(
                    "Parameter value is either not quoted or unidentified quote types used for string value"
                        + " \(token.text). Use either single or double quotes."
                )
            }
            return .text(text)
        case (.tag, _):
            throw RegistryRules.invalid(
                "Expected a quoted string value for tag (e.g. 'my-value'). Got value \(token.text)"
            )
        case (.attribute(let key), .list):
            guard vocabulary.listAttributes.contains(key) else {
                throw RegistryRules.invalid(
                    "Only \(PythonText.list(vocabulary.listAttributes)) attributes support comparison with a list of"
                        + " quoted string values."
                )
            }
            return .list(try Self.list(token.text))
        case (.attribute(let key), .integer) where vocabulary.numericAttributes.contains(key):
            guard let number = Int64(token.text) else { return .number(token.text) }
            return .integer(number)
        case (.attribute(let key), .number) where vocabulary.numericAttributes.contains(key):
            return .number(token.text)
        case (.attribute, .integer), (.attribute, .number):
            guard vocabulary.numericAttributes.isEmpty else {
                throw RegistryRules.invalid(
                    "Only the '{'creation_timestamp', 'last_updated_timestamp', 'version_number'}' attributes support"
                        + " comparison with numeric values."
                )
            }
            fallthrough
        case (.attribute, _):
            throw RegistryRules.invalid(
                "Expected a quoted string value or a list of quoted string values for attributes. Got value"
                    + " \(token.text)"
            )
        }
    }
}

extension RegistryFilterParser {
    /// `text` without the one of `quotes` around it, nil when there is none.
    private static func unquoted(_ text: String, _ quotes: String) -> String? {
        guard text.count >= 2, let quote = text.first, quotes.contains(quote), text.last == quote else { return nil }
        return String(text.dropFirst().dropLast())
    }

    /// The texts of `('a', "b")`.
    private static func list(_ text: String) throws -> [String] {
        let fault = "While parsing a list in the query, expected a non-empty list of string values, but got"
        guard text.hasSuffix(")") else { throw RegistryRules.invalid(fault + " ill-formed list.") }
        let tokens = RegistryFilterLexer.tokens(String(text.dropFirst().dropLast()))
        guard !tokens.isEmpty else { throw RegistryRules.invalid(fault + " empty list") }
        var texts: [String] = []
        for (index, token) in tokens.enumerated() {
            if index.isMultiple(of: 2) {
                guard token.kind != .integer, token.kind != .number else {
                    throw RegistryRules.invalid(
                        "While parsing a list in the query, expected string value, punctuation, or whitespace, but got"
                            + " different type in list: \(text)"
                    )
                }
                guard let item = unquoted(token.text, "'\"") else {
                    throw RegistryRules.invalid(fault + " ill-formed list.")
                }
                texts.append(item)
            } else if token.text != "," {
                throw RegistryRules.invalid(fault + " ill-formed list.")
            }
        }
        return texts
    }
}
