import Database
import Kernel
import Tracking

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
    private var query = SearchQuery()

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
        try search.require(try parsedFilter(filter))
        let order = try RegistryOrder.clauses(orderBy, table.order)
        let text =
            search.query.whereClause + " ORDER BY " + order + " LIMIT " + .number(limit + 1) + " OFFSET "
            + .number(offset)
        return SQLSelection(text: text, parameters: search.query.parameters)
    }

    private init(table: Table) {
        self.table = table
    }

    /// Tag conditions on one key must hold for the one tag of that key; a row without the tag holds none of them.
    private mutating func require(_ conditions: [FilterCondition]) throws {
        var tagKeys: [String] = []
        var tagConditions: [String: [FilterCondition]] = [:]
        for condition in conditions {
            if try FilterSubjects.ofNamed.subject(condition.entity) == .attribute {
                query.require(try attribute(condition))
            } else {
                if tagConditions[condition.key] == nil { tagKeys.append(condition.key) }
                tagConditions[condition.key, default: []].append(condition)
            }
        }
        let asksForPrompts = Self.asksForPrompts(conditions)
        if !asksForPrompts { query.require(table.isNoPrompt) }
        for key in tagKeys {
            // Who does not ask for prompts gets none, whatever else is said of their tag; it must be well said.
            var unused = SearchQuery()
            let isUsed = asksForPrompts || key != PromptRules.tagKey
            var tag = isUsed ? table.hasTag + query.bind(.text(key)) : ""
            for condition in tagConditions[key] ?? [] {
                let value = isUsed ? try Self.value(condition, &query) : try Self.value(condition, &unused)
                tag = tag + " AND " + value
            }
            if isUsed { query.require(tag + ")") }
        }
    }

    /// Whether the first condition on the prompts' tag wants prompts; without one, they are hidden.
    private static func asksForPrompts(_ conditions: [FilterCondition]) -> Bool {
        let condition = conditions.first { $0.entity != nil && $0.key == PromptRules.tagKey }
        guard let condition, case .string(let text) = condition.value else { return false }
        return condition.comparison == .equal && text.lowercased() == "true"
            || condition.comparison == .notEqual && text.lowercased() == "false"
    }

    private mutating func attribute(_ condition: FilterCondition) throws -> SQLText {
        let vocabulary = table.vocabulary
        guard vocabulary.attributes.contains(condition.key) else {
            let known = vocabulary.attributes.map { "'\($0)'" }.joined(separator: ", ")
            throw RegistryRules.invalid(
                "Invalid attribute key '\(condition.key)' specified. Valid keys are '{\(known)}'"
            )
        }
        try vocabulary.check(condition)
        let column = table.column(condition.key)
        return vocabulary.numericAttributes.contains(condition.key)
            ? try number(column, condition) : try query.text(column, condition)
    }

    private static func value(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        switch condition.comparison {
        case .isIn, .isNotIn, .isNull, .isNotNull:
            throw RegistryRules.invalid(
                "Expected a quoted string value for tag (e.g. 'my-value'). Got value \(condition.valueText)"
            )
        default: return try query.text("t.value", condition, kind: "tag")
        }
    }

    /// A whole number, which may also stand in quotes.
    private mutating func number(_ column: SQLText, _ condition: FilterCondition) throws -> SQLText {
        let kind = "attribute \(condition.key)"
        let text: String
        switch condition.value {
        case .number(_, let number): text = number
        case .string(let quoted): text = quoted
        default: return try query.text(column, condition, kind: kind)
        }
        // What can't be compared is said before what can't be read.
        var unused = SearchQuery()
        _ = try unused.number(column, condition.comparing(with: 0), isWhole: true, kind: kind)
        guard let number = Int64(text) else {
            throw RegistryRules.invalid(
                "Invalid value for numeric attribute '\(condition.key)': \(condition.valueText)"
            )
        }
        return try query.number(column, condition.comparing(with: number), isWhole: true, kind: kind)
    }
}
