package import Kernel

/// Texts as Python writes and reads them, because MLflow's messages hold them and its rules are made of them.
package enum PythonText {
    /// Whether `scalar` is one of Python's word characters: a letter or a digit of any script, or `_`.
    package static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_": return true
            default: return false
            }
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            return true
        default: return false
        }
    }

    /// `text` without the one of `quotes` that stands at both its ends, and whether one does.
    package static func unquoted(_ text: String, _ quotes: String) -> (text: String, isQuoted: Bool) {
        let scalars = text.unicodeScalars
        guard scalars.count >= 2, let quote = scalars.first, quotes.unicodeScalars.contains(quote),
            scalars.last == quote
        else { return (text, false) }
        return (String(scalars.dropFirst().dropLast()), true)
    }

    /// The path that POSIX `path` comes to without `.`, `..` and repeated slashes; `.` for an empty one.
    package static func normalizedPath(_ path: String) -> String {
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
    package static func literal(_ text: String) -> String {
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
    package static func json(_ text: String) -> String {
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
    package static func json(of value: JSON) -> String {
        switch value {
        case .string(let text): return json(text)
        case .array(let elements): return "[" + elements.map(json(of:)).joined(separator: ", ") + "]"
        case .object(let object):
            return "{" + object.members.map { json($0.name) + ": " + json(of: $0.value) }.joined(separator: ", ") + "}"
        case .null, .boolean, .integer, .number: return value.text
        }
    }

    /// `texts` as `repr` gives a list.
    package static func list(_ texts: [String]) -> String {
        "[" + texts.map(literal).joined(separator: ", ") + "]"
    }
}
