import Database
import Kernel
import Tracking

/// What a search may be ordered by.
struct OrderVocabulary: Sendable {
    /// The columns by the names that clients use; two names may mean one column.
    let columns: [(name: String, column: SQLText)]
    /// The order when none is asked for.
    let standard: SQLText
    /// What decides between equals, as far as it was not asked for.
    let tieBreaks: [(column: SQLText, clause: SQLText)]
    /// The error for another key.
    let unknownKey: @Sendable (String) -> String
    /// Whether a key may say `attribute.` before it.
    let takesEntity: Bool

    static let models = OrderVocabulary(
        columns: [("name", "m.name"), ("timestamp", "m.updated_at"), ("last_updated_timestamp", "m.updated_at")],
        standard: "m.name ASC",
        tieBreaks: [("m.name", "m.name ASC")],
        unknownKey: { "Invalid order by key '\($0)' specified. Valid keys are '{'name', 'timestamp'}'" },
        takesEntity: false
    )

    static let versions = OrderVocabulary(
        columns: [
            ("creation_timestamp", "v.created_at"), ("last_updated_timestamp", "v.updated_at"), ("name", "v.name"),
            ("version_number", "v.number"),
        ],
        standard: "v.updated_at DESC, v.name ASC, v.number DESC",
        tieBreaks: [("v.name", "v.name ASC"), ("v.number", "v.number DESC")],
        unknownKey: {
            "Invalid attribute key '\($0)' specified. Valid keys are"
                + " '{'creation_timestamp', 'last_updated_timestamp', 'name', 'version_number'}'"
        },
        takesEntity: true
    )
}

/// Reads MLflow's `order_by`: a key, then `ASC` or `DESC` in any case, ascending when neither is there.
enum RegistryOrder {
    /// The clauses for `items`, with what decides between equals.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func clauses(_ items: [String], _ vocabulary: OrderVocabulary) throws -> SQLText {
        guard !items.isEmpty else { return vocabulary.standard }
        var columns: [SQLText] = []
        var clauses: [SQLText] = []
        for item in items {
            let order = try parsedOrder(item)
            let column = try column(order, vocabulary)
            guard !columns.contains(column) else {
                throw RegistryRules.invalid("`order_by` contains duplicate fields: \(PythonText.list(items))")
            }
            columns.append(column)
            clauses.append(column + (order.isAscending ? " ASC" : " DESC"))
        }
        for tieBreak in vocabulary.tieBreaks where !columns.contains(tieBreak.column) {
            clauses.append(tieBreak.clause)
        }
        return clauses.joined(separator: ", ")
    }

    private static func column(_ order: FilterOrder, _ vocabulary: OrderVocabulary) throws -> SQLText {
        let isKnown = order.entity == nil || (vocabulary.takesEntity && order.entity == "attribute")
        let known = vocabulary.columns.first { isKnown && $0.name == order.key }
        guard let known else {
            let name = order.entity.map { isKnown ? "" : $0 + "." } ?? ""
            throw RegistryRules.invalid(vocabulary.unknownKey(name + order.key))
        }
        return known.column
    }
}
