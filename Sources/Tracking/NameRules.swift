import Kernel

/// MLflow's rules for the names of metrics, params, tags and runs.
enum NameRules {
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
        guard key.unicodeScalars.count <= keyLengthMax else {
            throw MartletError(
                .invalidParameterValue,
                "'\(path())' exceeds the maximum length of \(keyLengthMax) characters"
            )
        }
        guard key.unicodeScalars.allSatisfy(isAllowed) else {
            throw invalid(
                key,
                path(),
                "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), "
                    + "colon(:) and slashes (/)."
            )
        }
        let plain = normalized(key)
        guard plain == key, key != ".", !key.hasPrefix(".."), !key.hasPrefix("/") else {
            throw invalid(
                key,
                path(),
                "Names may be treated as files in certain cases, and must not resolve to other names when treated as "
                    + "such. This name would resolve to '\(plain)'"
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
        guard name.unicodeScalars.count <= experimentNameLengthMax else {
            throw MartletError(
                .invalidParameterValue,
                "'name' exceeds the maximum length of \(experimentNameLengthMax) characters"
            )
        }
    }

    private static func isAllowed(_ scalar: UnicodeScalar) -> Bool {
        if scalar.isASCII {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", " ", ":", "/": return true
            default: return false
            }
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    /// The path without `.`, `..` and empty segments, as POSIX reads it.
    private static func normalized(_ key: String) -> String {
        let isAbsolute = key.hasPrefix("/")
        var segments: [Substring] = []
        for segment in key.split(separator: "/") where segment != "." {
            if segment == "..", let last = segments.last, last != ".." {
                segments.removeLast()
            } else if segment != ".." || !isAbsolute {
                segments.append(segment)
            }
        }
        let path = segments.joined(separator: "/")
        return isAbsolute ? "/" + path : (path.isEmpty ? "." : path)
    }

    private static func invalid(_ key: String, _ path: String, _ reason: String) -> MartletError {
        MartletError(.invalidParameterValue, "Invalid value \"\(key)\" for parameter '\(path)' supplied: \(reason)")
    }
}
