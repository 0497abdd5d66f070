import Kernel

/// Texts as Python writes them, because MLflow's messages hold them.
enum PythonText {
    /// The path that POSIX `path` comes to without `.`, `..` and repeated slashes; `.` for an empty one.
    static func normalizedPath(_ path: String) -> String {
        guard !path.isEmpty else { return "." }
        let isAbsolute = path.hasPrefix("/")
        let root = !isAbsolute ? "" : path.hasPrefix("//") && !path.hasPrefix("///") ? "//" : "/"
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." || parts.last == ".." || (parts.isEmpty && !isAbsolute) {
                parts.append(part)
            } else {
                _ = parts.popLast()
            }
        }
        let normalized = root + parts.joined(separator: "/")
        return normalized.isEmpty ? "." : normalized
    }

    /// `text` between quotes, as `repr` gives it.
    static func literal(_ text: String) -> String {
        let quote = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var result = quote
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where String(scalar) == quote: result += "\\" + quote
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\x" + Hexadecimal.text([UInt8(truncatingIfNeeded: scalar.value)])
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + quote
    }

    /// `text` as a JSON string in ASCII alone, as `json.dumps` gives it.
    static func json(_ text: String) -> String {
        var result = ""
        for unit in JSON.string(text).text.utf16 {
            if unit < 0x7F {
                result.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: unit)))
            } else {
                let bytes = [UInt8(truncatingIfNeeded: unit >> 8), UInt8(truncatingIfNeeded: unit)]
                result += "\\u" + Hexadecimal.text(bytes)
            }
        }
        return result
    }

    /// `value` as `json.dumps` gives it: a space after each comma and colon.
    static func json(of value: JSON) -> String {
        switch value {
        case .string(let text): return json(text)
        case .array(let elements): return "[" + elements.map(json(of:)).joined(separator: ", ") + "]"
        case .object(let object):
            return "{" + object.members.map { json($0.name) + ": " + json(of: $0.value) }.joined(separator: ", ") + "}"
        case .null, .boolean, .integer, .number: return value.text
        }
    }

    /// `texts` as `repr` gives a list.
    static func list(_ texts: [String]) -> String {
        "[" + texts.map(literal).joined(separator: ", ") + "]"
    }
}
