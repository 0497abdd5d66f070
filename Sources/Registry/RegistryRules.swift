import Kernel
import Tracking

/// What names, tags, aliases and numbers may be: MLflow 3.18's rules and words.
enum RegistryRules {
    private static let nameLengthMax = 256
    private static let tagKeyLengthMax = 250
    private static let tagValueLengthMax = 100_000
    private static let aliasLengthMax = 255
    private static let sourceLengthMax = 4096

    static func checkModelName(_ name: String, parameter: String = "name") throws {
        guard !name.allSatisfy(\.isWhitespace) else {
            throw invalid("Missing value for required parameter '\(parameter)'.")
        }
        guard !name.contains("/"), !name.contains(":") else {
            throw invalid("Invalid model name '\(name)'. Names cannot contain '/' or ':'.")
        }
        try NameRules.checkPath(name, parameter: "name")
        try checkLength("Registered model name", name, atMost: nameLengthMax)
    }

    static func checkModelTag(_ tag: Tag) throws {
        try checkTagKey(tag.key)
        try checkLength("key", tag.key, atMost: tagKeyLengthMax)
        try checkLength("value", tag.value, atMost: tagValueLengthMax)
    }

    static func checkVersionTag(_ tag: Tag) throws {
        try checkTagKey(tag.key)
        try checkLength("key", tag.key, atMost: tagKeyLengthMax)
        guard tag.key != PromptRules.textKey || tag.value.unicodeScalars.count <= tagValueLengthMax else {
            throw invalid("Prompt text exceeds max length of \(tagValueLengthMax) characters.")
        }
        try checkLength("value", tag.value, atMost: tagValueLengthMax)
    }

    static func checkTagKey(_ key: String) throws {
        try NameRules.checkCharacters(key, parameter: "key")
        try NameRules.checkPath(key, parameter: "key")
    }

    static func checkAlias(_ alias: String) throws {
        guard !alias.isEmpty else { throw invalid("Registered model alias name cannot be empty.") }
        guard alias.unicodeScalars.allSatisfy({ PythonText.isWord($0) || $0 == "-" }) else {
            throw invalid(
                "Invalid alias name: '\(alias)'. "
                    + "Names may only contain alphanumerics, underscores (_), and dashes (-)."
            )
        }
        try checkLength("Registered model alias name", alias, atMost: aliasLengthMax)
    }

    static func checkNewAlias(_ alias: String) throws {
        try checkAlias(alias)
        guard alias.lowercased() != "latest" else {
            throw invalid("'latest' alias name (case insensitive) is reserved.")
        }
        let digits = alias.unicodeScalars.dropFirst()
        guard !"vV".contains(alias.prefix(1)) || digits.isEmpty || !digits.allSatisfy(isDigit) else {
            throw invalid("Version alias name '\(alias)' is reserved.")
        }
    }

    /// The number that `text` spells.
    static func versionNumber(_ text: String) throws -> Int {
        let trimmed = text.drop(while: \.isWhitespace)
        guard let end = trimmed.lastIndex(where: { !$0.isWhitespace }), let number = Int(trimmed[...end]) else {
            throw invalid("Parameter 'version' must be an integer, got '\(text)'.")
        }
        return number
    }

    static func checkSourceLength(_ source: String) throws {
        try checkLength("source", source, atMost: sourceLengthMax)
    }

    static func checkPageSize(_ limit: Int, atMost maximum: Int) throws {
        guard limit >= 1 else {
            throw invalid("Invalid value for max_results. It must be a positive integer, but got \(limit)")
        }
        guard limit <= maximum else {
            throw invalid(
                "Invalid value for request parameter max_results. It must be at most \(maximum), but got value \(limit)"
            )
        }
    }

    static func invalid(_ message: String) -> MartletError {
        MartletError(.invalidParameterValue, message)
    }
}

extension RegistryRules {
    private static func checkLength(_ what: String, _ text: String, atMost maximum: Int) throws {
        guard text.utf8.count <= maximum || text.unicodeScalars.count <= maximum else {
            throw invalid("'\(what)' exceeds the maximum length of \(maximum) characters")
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .decimalNumber
    }
}
