import Database
import Kernel

/// Turns a search into SQL: the filter's tree into text and parameters, the order into columns.
struct RegistrySearch {
    /// The tables that a search looks into.
    struct Table: Sendable {
        let vocabulary: SearchVocabulary
        /// The column of an attribute.
        let column: @Sendable (String) -> SQLText
        /// Begins the condition that a row has a tag of some key; the key, conditions on `t.value` and `)` follow.
        let hasTag: SQLText
        /// Holds for rows that are not of a prompt.
        let isNoPrompt: SQLText
        /// What it may be ordered by.
        let order: OrderVocabulary
    }

    static let models = Table(
        vocabulary: .models,
        column: { _ in "m.name" },
        hasTag: "EXISTS (SELECT 1 FROM registered_model_tags t WHERE t.name = m.name AND t.key = ",
        isNoPrompt: """
            NOT EXISTS (SELECT 1 FROM registered_model_tags p
                WHERE p.name = m.name AND p.key = 'mlflow.prompt.is_prompt' AND p.value = 'true')
            """,
        order: .models
    )

    static let versions = Table(
        vocabulary: .versions,
        column: { key in
            switch key {
            case "run_id": "v.run_id"
            case "source_path": "v.source"
            case "version_number": "v.number"
            default: "v.name"
            }
        },
        hasTag: """
            EXISTS (SELECT 1 FROM model_version_tags t WHERE t.name = v.name AND t.number = v.number AND t.key =
            """ + " ",
        isNoPrompt: """
            NOT EXISTS (SELECT 1 FROM model_version_tags p
                WHERE p.name = v.name AND p.key = 'mlflow.prompt.is_prompt' AND p.value = 'true')
            """,
        order: .versions
    )

    private let table: Table
    private var selection = SQLSelection(text: "")

    /// What to select for one page and a probe for the next.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func selection(
        in table: Table,
        filter: String,
        orderBy: [String],
        offset: Int,
        limit: Int
    ) throws -> SQLSelection {
        var search = RegistrySearch(table: table)
        let filter = try RegistryFilterParser.parse(filter, table.vocabulary)
        let condition = try search.condition(filter)
        let order = try RegistryOrder.clauses(orderBy, table.order)
        search.selection.text =
            "WHERE " + condition + " ORDER BY " + order + " LIMIT " + .number(limit + 1) + " OFFSET "
            + .number(offset)
        return search.selection
    }

    private init(table: Table) {
        self.table = table
    }

    /// Tag conditions on one key must hold for the one tag of that key; a row without the tag holds none of them.
    private mutating func condition(_ filter: RegistryFilter) throws -> SQLText {
        var parts: [SQLText] = []
        var tagKeys: [String] = []
        var tagConditions: [String: [RegistryFilter.Condition]] = [:]
        for condition in filter.conditions {
            switch condition.subject {
            case .attribute(let key): parts.append(try attribute(key, condition))
            case .tag(let key):
                if tagConditions[key] == nil { tagKeys.append(key) }
                tagConditions[key, default: []].append(condition)
            }
        }
        let asksForPrompts = Self.asksForPrompts(filter)
        if !asksForPrompts { parts.append(table.isNoPrompt) }
        for key in tagKeys where asksForPrompts || key != PromptRules.tagKey {
            var tag = table.hasTag + selection.bind(.text(key))
            for condition in tagConditions[key] ?? [] { tag = tag + " AND " + (try tagValue(condition)) }
            parts.append(tag + ")")
        }
        return parts.isEmpty ? "1 = 1" : parts.joined(separator: " AND ")
    }

    /// Whether the first condition on the prompts' tag wants prompts; without one, they are hidden.
    private static func asksForPrompts(_ filter: RegistryFilter) -> Bool {
        guard let condition = filter.conditions.first(where: { $0.subject == .tag(PromptRules.tagKey) }),
            case .text(let text) = condition.operand
        else { return false }
        return condition.comparator == "=" && text.lowercased() == "true"
            || condition.comparator == "!=" && text.lowercased() == "false"
    }

    private mutating func attribute(_ key: String, _ condition: RegistryFilter.Condition) throws -> SQLText {
        let column = table.column(key)
        guard !table.vocabulary.numericAttributes.contains(key) else { return try number(column, key, condition) }
        guard let compared = try text(column, condition) else {
            throw RegistryRules.invalid("Invalid comparator for attribute: \(condition.comparator)")
        }
        return compared
    }

    private mutating func tagValue(_ condition: RegistryFilter.Condition) throws -> SQLText {
        guard let compared = try text("t.value", condition) else {
            throw RegistryRules.invalid("Invalid comparator for tag: \(condition.comparator)")
        }
        return compared
    }

    /// The comparison of a text column; nil for a comparator that texts have not.
    private mutating func text(_ column: SQLText, _ condition: RegistryFilter.Condition) throws -> SQLText? {
        switch (condition.comparator, condition.operand) {
        case ("=", .text(let text)): return column + " = " + selection.bind(.text(text))
        case ("!=", .text(let text)): return column + " <> " + selection.bind(.text(text))
        case ("LIKE", .text(let text)): return column + " LIKE " + pattern(text)
        case ("ILIKE", .text(let text)): return "LOWER(" + column + ") LIKE " + pattern(Self.lowercased(text))
        case ("IN", .list(let texts)): return column + " IN (" + list(texts) + ")"
        case ("NOT IN", .list(let texts)): return column + " NOT IN (" + list(texts) + ")"
        default: return nil
        }
    }

    private mutating func list(_ texts: [String]) -> SQLText {
        texts.map { selection.bind(.text($0)) }.joined(separator: ", ")
    }

    /// MLflow's patterns have no escape, so a backslash in them is one.
    private mutating func pattern(_ text: String) -> SQLText {
        selection.bind(.text(text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")))
            + " ESCAPE '\\'"
    }

    /// Lower case as both databases see it under `COLLATE "C"`: the letters of ASCII.
    private static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }

    private mutating func number(_ column: SQLText, _ key: String, _ condition: RegistryFilter.Condition) throws
        -> SQLText
    {
        let comparator: SQLText
        switch condition.comparator {
        case "=": comparator = " = "
        case "!=": comparator = " <> "
        case "<": comparator = " < "
        case "<=": comparator = " <= "
        case ">": comparator = " > "
        case ">=": comparator = " >= "
        default:
            throw RegistryRules.invalid("Invalid comparator for attribute \(key): \(condition.comparator)")
        }
        switch condition.operand {
        case .integer(let number): return column + comparator + selection.bind(.integer(number))
        case .text(let text):
            if let number = Int64(text) { return column + comparator + selection.bind(.integer(number)) }
            throw RegistryRules.invalid("Invalid value for numeric attribute '\(key)': \(PythonText.literal(text))")
        case .number(let text):
            throw RegistryRules.invalid("Invalid value for numeric attribute '\(key)': \(text)")
        case .list(let texts):
            throw RegistryRules.invalid("Invalid value for numeric attribute '\(key)': \(PythonText.list(texts))")
        }
    }
}
