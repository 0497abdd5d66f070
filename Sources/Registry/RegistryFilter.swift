import Kernel

/// What a search asks for: all of these must hold.
struct RegistryFilter: Sendable {
    /// One comparison.
    struct Condition: Sendable {
        let subject: Subject
        let comparator: String
        let operand: Operand
    }

    /// What is compared.
    enum Subject: Hashable, Sendable {
        case attribute(String)
        case tag(String)
    }

    /// What it is compared with.
    enum Operand: Sendable {
        case text(String)
        case integer(Int64)
        /// A number that is not whole, as written.
        case number(String)
        case list([String])
    }

    let conditions: [Condition]
}

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
}
