/// Cuts a filter or an ordering into words, as the library does that MLflow reads them with.
struct FilterLexer {
    /// One piece of a filter, as it is written.
    struct Token: Sendable, Equatable {
        enum Kind: Sendable {
            /// A bare or dotted name, its parts plain or between backticks or double quotes.
            case name
            /// Names with an operator between them: `a-b`.
            case operation
            /// Text between single quotes.
            case string
            case integer
            /// A number with a dot or an exponent.
            case decimal
            /// `=`, `!=`, `LIKE`, ….
            case comparator
            /// `AND`, `OR`, `NOT`, `IN`, `IS`, `NULL`.
            case keyword
            /// Everything from a parenthesis to the one that closes it.
            case list
            /// Anything else, comments among it.
            case other
        }

        let kind: Kind
        let text: String

        /// Whether this is the keyword `word`, which is given in upper case.
        func isKeyword(_ word: String) -> Bool { kind == .keyword && text.uppercased() == word }
    }

    private let scalars: [Unicode.Scalar]
    private var position = 0
    /// Made with the first list.
    private var parentheses: FilterParentheses?
    /// Where a row of NOTs ends that no comparator follows: it is looked through once, however long it is.
    private var endOfBareNots = 0

    /// The tokens of `text`; every text has some reading.
    static func tokens(_ text: String) -> [Token] {
        var lexer = FilterLexer(scalars: Array(text.unicodeScalars))
        var tokens: [Token] = []
        while let token = lexer.next() { tokens.append(token) }
        return tokens
    }

    private init(scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    private mutating func next() -> Token? {
        guard let token = piece() else { return nil }
        return token.isKeyword("NOT") ? negated(token) : token
    }

    /// The next token, where `NOT` is one of its own.
    private mutating func piece() -> Token? {
        while let scalar = scalar(position), scalar.properties.isWhitespace { position += 1 }
        guard let first = scalar(position) else { return nil }
        let second = scalar(position + 1)
        switch first {
        case "'": return take(.string, to: endOfQuote(from: position))
        case "(": return take(.list, to: endOfList())
        case "-" where second == "-", "#" where second == " ": return comment()
        case "/" where second == "*": return comment()
        case "<", ">", "=", "!", "~": return take(.comparator, to: end { "<>=!~".unicodeScalars.contains($0) })
        case "-", ".", "0"..."9": return number()
        case "`", "\"": return name()
        case let scalar where PythonText.isWord(scalar): return name()
        default: return take(.other, to: position + 1)
        }
    }

    private func scalar(_ index: Int) -> Unicode.Scalar? {
        index < scalars.count ? scalars[index] : nil
    }

    /// The token that ends before `end`; where there is no such end, the next scalar alone, which nobody expects.
    private mutating func take(_ kind: Token.Kind, to end: Int?) -> Token {
        let isWhole = end != nil
        let end = end ?? position + 1
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[position..<end])
        position = end
        return Token(kind: isWhole ? kind : .other, text: String(text))
    }

    private func end(while isPart: (Unicode.Scalar) -> Bool) -> Int {
        scalars[position...].firstIndex { !isPart($0) } ?? scalars.count
    }

    private mutating func comment() -> Token {
        take(.other, to: end { $0 != "\n" && $0 != "\r" })
    }

    // MARK: Numbers

    /// A number, unless letters follow it without a space.
    private mutating func number() -> Token {
        var end = position + (scalars[position] == "-" ? 1 : 0)
        let whole = digits(from: &end)
        var kind = Token.Kind.integer
        var fraction = 0
        if scalar(end) == "." {
            end += 1
            fraction = digits(from: &end)
            kind = .decimal
        }
        guard whole + fraction > 0 else { return take(.other, to: position + 1) }
        if scalar(end) == "e" || scalar(end) == "E", kind == .integer || fraction > 0 {
            var last = end + (scalar(end + 1) == "-" ? 2 : 1)
            if digits(from: &last) > 0 { (end, kind) = (last, .decimal) }
        }
        let isGlued = scalar(end).map(PythonText.isWord) ?? false
        return take(isGlued ? .other : kind, to: end)
    }

    private func digits(from index: inout Int) -> Int {
        let start = index
        while let digit = scalar(index), ("0"..."9").contains(digit) { index += 1 }
        return index - start
    }

    // MARK: Names

    /// A name and what it may turn out to be: a keyword or a comparator.
    private mutating func name() -> Token {
        guard var end = endOfPart(from: position) else { return take(.other, to: position + 1) }
        var kind = Token.Kind.name
        while let separator = scalar(end), ".-/+*".unicodeScalars.contains(separator) {
            // A key alone may stand in single quotes, too.
            let isKey = separator == "." && scalar(end + 1) == "'"
            guard let next = isKey ? endOfQuote(from: end + 1) : endOfPart(from: end + 1) else {
                if separator == "." { end += 1 }
                break
            }
            if separator != "." { kind = .operation }
            end = next
        }
        let token = take(kind, to: end)
        switch token.text.uppercased() {
        case "AND", "OR", "NOT", "IN", "IS", "NULL": return Token(kind: .keyword, text: token.text)
        case "LIKE", "ILIKE", "RLIKE": return Token(kind: .comparator, text: token.text)
        default: return token
        }
    }

    /// Where the part of a name ends that begins at `start`: quoted, or of letters, digits and underscores.
    private func endOfPart(from start: Int) -> Int? {
        guard let first = scalar(start) else { return nil }
        if first == "`" || first == "\"" { return endOfQuote(from: start) }
        guard PythonText.isWord(first) else { return nil }
        var end = start + 1
        while let next = scalar(end), PythonText.isWord(next) || next == "$" || next == "#" { end += 1 }
        return end
    }

    /// `NOT` alone, or with the comparator that follows it.
    private mutating func negated(_ token: Token) -> Token {
        guard position > endOfBareNots else { return token }
        let start = position
        var text = token.text
        while let next = piece() {
            text += " " + next.text
            if next.kind == .comparator, next.text.uppercased().hasSuffix("LIKE") {
                return Token(kind: .comparator, text: text)
            }
            guard next.isKeyword("NOT") else { break }
            endOfBareNots = position
        }
        position = start
        return token
    }

    // MARK: Quotes and parentheses

    /// Where the quoted text that begins at `start` ends: a doubled quote or one after a backslash stays inside,
    /// unless no other quote follows. Nil when it has no end.
    private func endOfQuote(from start: Int) -> Int? {
        let quote = scalars[start]
        var fallback: Int?
        var index = start + 1
        while let current = scalar(index) {
            if scalar(index + 1) == quote, current == quote || (current == "\\" && quote != "`") {
                fallback = current == quote ? index + 1 : index + 2
                index += 2
            } else if current == quote {
                return index + 1
            } else {
                index += 1
            }
        }
        return fallback
    }

    private mutating func endOfList() -> Int? {
        let parentheses = parentheses ?? FilterParentheses(scalars)
        self.parentheses = parentheses
        return parentheses.end(ofListAt: position)
    }
}
