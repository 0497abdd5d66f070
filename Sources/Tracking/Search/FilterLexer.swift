/// The words of a filter or an ordering.
struct FilterLexer {
    enum Token: Equatable {
        /// An identifier as parts between dots at most once: `metrics.rmse`, `` tags.`mlflow.user` ``, `status`.
        case identifier(entity: String?, key: String)
        /// AND, IN, LIKE and the like are identifiers until the parser asks for them.
        case string(String)
        case number(Double, text: String)
        case comparison(FilterCondition.Operator)
        case open, close, comma
    }

    struct Located: Equatable {
        let token: Token
        let offset: Int
    }

    private let bytes: [UInt8]
    private var position = 0

    private init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The words of `text` in order.
    static func tokens(_ text: String) throws(FilterSyntaxError) -> [Located] {
        var lexer = FilterLexer(text)
        var tokens: [Located] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens
    }

    private mutating func next() throws(FilterSyntaxError) -> Located? {
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        let start = position
        return Located(token: try token(bytes[position]), offset: start)
    }

    private mutating func token(_ byte: UInt8) throws(FilterSyntaxError) -> Token {
        switch byte {
        case UInt8(ascii: "("): return single(.open)
        case UInt8(ascii: ")"): return single(.close)
        case UInt8(ascii: ","): return single(.comma)
        case UInt8(ascii: "'"): return .string(try quoted(byte))
        case UInt8(ascii: "\""): return try doubleQuoted()
        case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"): return try comparison()
        case UInt8(ascii: "-"), UInt8(ascii: "+"), 0x30...0x39: return try numberOrIdentifier()
        default: return try identifier()
        }
    }

    private mutating func single(_ token: Token) -> Token {
        position += 1
        return token
    }

    private mutating func comparison() throws(FilterSyntaxError) -> Token {
        let rest = bytes[position...].prefix(2)
        let two: [(String, FilterCondition.Operator)] = [
            ("!=", .notEqual), ("<>", .notEqual), ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("==", .equal),
        ]
        for (text, comparison) in two where rest.elementsEqual(text.utf8) {
            position += 2
            return .comparison(comparison)
        }
        let one: [UInt8: FilterCondition.Operator] = [
            UInt8(ascii: "="): .equal, UInt8(ascii: "<"): .less, UInt8(ascii: ">"): .greater,
        ]
        guard let comparison = one[bytes[position]] else { throw fault("'!' must be followed by '='") }
        position += 1
        return .comparison(comparison)
    }

    /// A number, unless letters follow without a space: a run id may begin with digits.
    private mutating func numberOrIdentifier() throws(FilterSyntaxError) -> Token {
        let start = position
        while position < bytes.count, !endsWord(bytes[position]) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw FilterSyntaxError(offset: start, reason: "'\(text)' is neither a number nor a quoted string")
        }
        return .number(number, text: text)
    }

    /// A text in double quotes is a value, except where a dot follows or a comparison: then it names an entity or key.
    private mutating func doubleQuoted() throws(FilterSyntaxError) -> Token {
        let text = try quoted(UInt8(ascii: "\""))
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            return .identifier(entity: text, key: try part(untilDot: false))
        }
        return .string(text)
    }

    private mutating func identifier() throws(FilterSyntaxError) -> Token {
        let first = try part(untilDot: true)
        guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else {
            return .identifier(entity: nil, key: first)
        }
        position += 1
        return .identifier(entity: first, key: try part(untilDot: false))
    }

    private mutating func part(untilDot: Bool) throws(FilterSyntaxError) -> String {
        if position < bytes.count, bytes[position] == UInt8(ascii: "`") || bytes[position] == UInt8(ascii: "\"") {
            return try quoted(bytes[position])
        }
        let start = position
        while position < bytes.count, !endsWord(bytes[position]) {
            if untilDot, bytes[position] == UInt8(ascii: ".") { break }
            position += 1
        }
        guard position > start else { throw fault("expected a name") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func quoted(_ quote: UInt8) throws(FilterSyntaxError) -> String {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != quote { position += 1 }
        guard position < bytes.count else {
            throw FilterSyntaxError(offset: start, reason: "the quoted text has no end")
        }
        defer { position += 1 }
        return String(decoding: bytes[(start + 1)..<position], as: UTF8.self)
    }

    private func endsWord(_ byte: UInt8) -> Bool {
        isSpace(byte) || "()=!<>,'\"`".utf8.contains(byte)
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private func fault(_ reason: String) -> FilterSyntaxError {
        FilterSyntaxError(offset: position, reason: reason)
    }
}
