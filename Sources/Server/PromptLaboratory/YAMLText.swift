/// Texts of YAML files.
enum YAMLText {
    /// `text` in double quotes, which any YAML reader takes for that very text.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: quoted += "\\\""
            case 0x5C: quoted += "\\\\"
            case 0x0A: quoted += "\\n"
            case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...:
                quoted.unicodeScalars.append(scalar)
            default:
                // What YAML does not print: control characters and the mark of byte order. And what version 1.1 of it
                // takes for the end of a line.
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return quoted + "\""
    }

    /// The lines of a mapping below another key.
    static func mapping(_ pairs: [(key: String, value: String)]) -> String {
        guard !pairs.isEmpty else { return " {}\n" }
        return "\n" + pairs.map { "  \(quoted($0.key)): \(quoted($0.value))\n" }.joined()
    }
}
