import Kernel

/// MLflow's rules for the names of metrics, params, tags and runs, and for whatever else may become a path.
package enum NameRules {
    static let keyLengthMax = 250
    static let paramLengthMax = 6000
    static let runTagLengthMax = 8000
    static let experimentTagLengthMax = 20_000
    static let experimentNameLengthMax = 500

    /// Refuses a name that breaks the rules; `path` is where it stands in the request: `name`, `metrics[0].name`.
    static func checkKey(_ key: String, path: @autoclosure () -> String) throws {
        guard !key.isEmpty else {
            throw MartletError(
                .invalidParameterValue,
                "Missing value for required parameter '\(path())'. "
                    + "See the API docs for more information about request parameters."
            )
        }
        try checkLength(of: key, max: keyLengthMax, path: path())
        try checkCharacters(key, parameter: path())
        try checkPath(key, parameter: path())
    }

    /// Refuses a text of more than `max` characters; `path` is where it stands in the request.
    static func checkLength(of text: String, max: Int, path: @autoclosure () -> String) throws {
        guard text.utf8.count <= max || text.unicodeScalars.count <= max else {
            throw MartletError(
                .invalidParameterValue,
                "'\(path())' exceeds the maximum length of \(max) characters"
            )
        }
    }

    /// Refuses a name with other characters than letters and digits of any script and `_-. :/`; `parameter` is what
    /// the message calls it.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    package static func checkCharacters(_ name: String, parameter: @autoclosure () -> String) throws {
        guard name.unicodeScalars.allSatisfy(isAllowed) else {
            throw invalid(
                name,
                parameter(),
                "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), "
                    + "colon(:) and slashes (/)."
            )
        }
    }

    /// Refuses a name that as a path would be another one or leave its folder.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    package static func checkPath(_ name: String, parameter: @autoclosure () -> String) throws {
        let resolved = PythonText.normalizedPath(name)
        guard resolved == name, resolved != ".", !resolved.hasPrefix(".."), !resolved.hasPrefix("/") else {
            throw invalid(
                name,
                parameter(),
                "Names may be treated as files in certain cases, and must not resolve to other names when treated as "
                    + "such. This name would resolve to \(PythonText.literal(resolved))"
            )
        }
    }

    /// The value itself, or its first `max` characters, as MLflow's server does.
    static func truncated(_ text: String, max: Int) -> String {
        text.utf8.count <= max || text.unicodeScalars.count <= max
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(max)))
    }

    static func checkExperimentName(_ name: String) throws {
        guard name.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw MartletError(.invalidParameterValue, "Invalid experiment name: '\(name)'. It must not be blank.")
        }
        try checkLength(of: name, max: experimentNameLengthMax, path: "name")
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        PythonText.isWord(scalar) || scalar == "-" || scalar == "." || scalar == " " || scalar == ":" || scalar == "/"
    }

    private static func invalid(_ value: String, _ parameter: String, _ reason: String) -> MartletError {
        MartletError(
            .invalidParameterValue,
            "Invalid value \(PythonText.json(value)) for parameter '\(parameter)' supplied: \(reason)"
        )
    }
}
