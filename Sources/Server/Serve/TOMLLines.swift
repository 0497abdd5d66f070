/// On which line of a TOML text each table and each key stands, for messages: the parser does not say.
struct TOMLLines {
    private var lines: [[String]: Int] = [:]

    /// The lines of `text`, which is TOML. What looks like a key inside of a text of several lines is taken for one.
    init(_ text: String) {
        var table: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.hasPrefix("[") {
                table = Self.path(line.drop { $0 == "[" }, to: "]")
                note(table, index)
            } else if line.contains("="), !line.hasPrefix("#") {
                note(table + Self.path(line, to: "="), index)
            }
        }
    }

    /// The line, from 1 on, of the key at `path` or of what is nearest around it.
    func line(of path: [String]) -> Int {
        var path = path[...]
        while !path.isEmpty {
            if let line = lines[Array(path)] { return line }
            path = path.dropLast()
        }
        return 1
    }

    private mutating func note(_ path: [String], _ index: Int) {
        if lines[path] == nil { lines[path] = index + 1 }
    }

    /// The names between the dots of `text` up to `end`, without their quotes.
    private static func path(_ text: Substring, to end: Character) -> [String] {
        var names = [""]
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil } else { names[names.count - 1].append(character) }
            } else if character == end {
                break
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "." {
                names.append("")
            } else if character != " ", character != "\t" {
                names[names.count - 1].append(character)
            }
        }
        return names
    }
}
