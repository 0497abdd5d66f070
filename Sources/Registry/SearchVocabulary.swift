import Kernel
import Tracking

/// What a search may name: the attributes of registered models, or of versions.
struct SearchVocabulary: Sendable {
    /// The attributes that a filter may name, in the order of their names.
    let attributes: [String]
    /// Those of them that are numbers.
    let numericAttributes: [String]
    /// Those of them that may be compared with a list.
    let listAttributes: [String]

    static let models = SearchVocabulary(attributes: ["name"], numericAttributes: [], listAttributes: ["name"])
    static let versions = SearchVocabulary(
        attributes: ["name", "run_id", "source_path", "version_number"],
        numericAttributes: ["version_number"],
        listAttributes: ["name", "run_id"]
    )

    /// Refuses an attribute's value that is of no form for it, in MLflow's words.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func check(_ condition: FilterCondition) throws {
        switch condition.value {
        case .string, .word: return
        case .list where listAttributes.contains(condition.key): return
        case .malformedList(let reason) where listAttributes.contains(condition.key):
            throw RegistryRules.invalid(reason)
        case .list, .malformedList:
            throw RegistryRules.invalid(
                "Only \(PythonText.list(listAttributes)) attributes support comparison with a list of"
                    + " quoted string values."
            )
        case .number where numericAttributes.contains(condition.key): return
        case .number where !numericAttributes.isEmpty:
            throw RegistryRules.invalid(
                "Only the '{'creation_timestamp', 'last_updated_timestamp', 'version_number'}' attributes support"
                    + " comparison with numeric values."
            )
        case .number, .none:
            throw RegistryRules.invalid(
                "Expected a quoted string value or a list of quoted string values for attributes. Got value"
                    + " \(condition.valueText)"
            )
        }
    }
}
