/// Cuts a filter into words, as the library does that MLflow reads filters with.
struct RegistryFilterLexer {
    /// One piece of a filter, as it is written.
    struct Token: Sendable {
        enum Kind: Sendable {
            /// A bare or dotted name, its parts plain or between backticks or double quotes.
            case name
            /// Text between single quotes.
            case string
            case integer
            case number
            /// `=`, `!=`, `LIKE`, ….
            case comparator
            /// `AND`, `OR`, `NOT`, `IN`, `IS`, `NULL`.
            case keyword
            /// Everything from a parenthesis to the one that closes it.
            case list
            /// Anything else.
            case other
        }

        let kind: Kind
        let text: String

        /// Whether this is the keyword `word`, which is written in upper case.
        func isKeyword(_ word: String) -> Bool { kind == .keyword && text.uppercased() == word }
    }

    private let characters: [Character]
    private var position = 0

    /// The tokens of `text`; every text has some reading.
    static func tokens(_ text: String) -> [Token] {
        var lexer = RegistryFilterLexer(characters: Array(text))
        var tokens: [Token] = []
        while let token = lexer.next() { tokens.append(token) }
        return tokens
    }

    private init(characters: [Character]) {
        self.characters = characters
    }

    private mutating func next() -> Token? {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
        guard position < characters.count else { return nil }
        switch characters[position] {
        case "'": return take(.string, to: endOfQuote(from: position))
        case "(": return take(.list, to: endOfList())
        case let character where "<>=!~".contains(character):
            return take(.comparator, to: end { "<>=!~".contains($0) })
        case let character where character.isNumber || (character == "-" && isDigit(position + 1)):
            return number()
        case let character where isNameStart(character): return name()
        default: return take(.other, to: position + 1)
        }
    }

    private mutating func take(_ kind: Token.Kind, to end: Int) -> Token {
        let text = String(characters[position..<end])
        position = end
        return Token(kind: kind, text: text)
    }

    private func end(while isPart: (Character) -> Bool) -> Int {
        characters[position...].firstIndex { !isPart($0) } ?? characters.count
    }

    private func isDigit(_ index: Int) -> Bool {
        index < characters.count && characters[index].isASCII && characters[index].isNumber
    }

    private func isNameStart(_ character: Character) -> Bool {
        character.isLetter || character == "_" || character == "`" || character == "\""
    }

    private mutating func number() -> Token {
        var end = position + 1
        var kind = Token.Kind.integer
        while end < characters.count, characters[end].isNumber || ".eE".contains(characters[end]) {
            if !characters[end].isNumber { kind = .number }
            end += 1
        }
        return take(kind, to: end)
    }

    /// A name and what it may turn out to be: a keyword or a comparator.
    private mutating func name() -> Token {
        var end = position
        while end < characters.count {
            let character = characters[end]
            if character == "`" || character == "\"" {
                end = endOfQuote(from: end)
            } else if character.isLetter || character.isNumber || "_.-$@#".contains(character) {
                end += 1
            } else {
                break
            }
        }
        let token = take(.name, to: end)
        switch token.text.uppercased() {
        case "AND", "OR", "IN", "IS", "NULL": return Token(kind: .keyword, text: token.text)
        case "LIKE", "ILIKE", "RLIKE": return Token(kind: .comparator, text: token.text)
        case "NOT": return negated(token)
        default: return token
        }
    }

    /// `NOT` alone, or with the comparator that follows it.
    private mutating func negated(_ token: Token) -> Token {
        let start = position
        if let following = next(), following.kind == .comparator || following.isKeyword("IN"),
            following.text.first?.isLetter ?? false
        {
            return Token(kind: .comparator, text: token.text + " " + following.text)
        }
        position = start
        return Token(kind: .keyword, text: token.text)
    }

    /// Where the quoted text that begins at `start` ends: a doubled quote or one after a backslash stays inside,
    /// unless no other quote follows.
    private func endOfQuote(from start: Int) -> Int {
        let quote = characters[start]
        var fallback = characters.count
        var index = start + 1
        while index < characters.count {
            let next = index + 1 < characters.count ? characters[index + 1] : nil
            if next == quote, characters[index] == quote || (characters[index] == "\\" && quote != "`") {
                fallback = characters[index] == quote ? index + 1 : index + 2
                index += 2
            } else if characters[index] == quote {
                return index + 1
            } else {
                index += 1
            }
        }
        return fallback
    }

    private func endOfList() -> Int {
        var depth = 0
        var index = position
        while index < characters.count {
            switch characters[index] {
            case "'", "\"":
                index = endOfQuote(from: index)
                continue
            case "(": depth += 1
            case ")": depth -= 1
            default: break
            }
            index += 1
            if depth == 0 { return index }
        }
        return characters.count
    }
}
