/// Cuts a query into tokens, by the grammar of October 2021 (section 2.1).
struct GraphQLLexer {
    let bytes: [UInt8]
    var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next token; `end` again and again behind the last.
    ///
    /// - Throws: ``GraphQLError`` at what is no token.
    mutating func next() throws(GraphQLError) -> GraphQLToken {
        skipIgnored()
        let start = position
        guard let byte = peek() else { return GraphQLToken(kind: .end, text: "", offset: start) }
        switch byte {
        case UInt8(ascii: "."):
            guard bytes[start...].starts(with: "...".utf8) else { throw fault("Unexpected character: '.'.", at: start) }
            position += 3
            return GraphQLToken(kind: .punctuator, text: "...", offset: start)
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case _ where Self.isNameStart(byte):
            while let next = peek(), Self.isNameStart(next) || Self.isDigit(next) { position += 1 }
            return GraphQLToken(kind: .name, text: text(from: start), offset: start)
        case _ where "{}()[]:=!$@|&".utf8.contains(byte):
            position += 1
            return GraphQLToken(kind: .punctuator, text: text(from: start), offset: start)
        default:
            throw fault("Unexpected character: \(character(at: start)).", at: start)
        }
    }

    /// The fault `reason` at the byte `offset`.
    func fault(_ reason: String, at offset: Int) -> GraphQLError {
        let before = bytes[..<min(offset, bytes.count)]
        let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        let column = 1 + before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
        return .syntax(reason, line: line, column: column)
    }

    func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    func text(from start: Int) -> String {
        String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Commas count as blanks; a comment goes to the end of its line.
    private mutating func skipIgnored() {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: ","):
                position += 1
            case UInt8(ascii: "#"):
                while let next = peek(), next != UInt8(ascii: "\n"), next != UInt8(ascii: "\r") { position += 1 }
            default: return
            }
        }
    }

    private mutating func number() throws(GraphQLError) -> GraphQLToken {
        let start = position
        var kind = GraphQLToken.Kind.integer
        if peek() == UInt8(ascii: "-") { position += 1 }
        if peek() == UInt8(ascii: "0") {
            position += 1
            if let next = peek(), Self.isDigit(next) { throw badNumber() }
        } else {
            try digits()
        }
        if peek() == UInt8(ascii: ".") {
            kind = .float
            position += 1
            try digits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            kind = .float
            position += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        if let next = peek(), next == UInt8(ascii: ".") || Self.isNameStart(next) { throw badNumber() }
        return GraphQLToken(kind: kind, text: text(from: start), offset: start)
    }

    private mutating func digits() throws(GraphQLError) {
        guard let first = peek(), Self.isDigit(first) else { throw badNumber() }
        while let next = peek(), Self.isDigit(next) { position += 1 }
    }

    private func badNumber() -> GraphQLError {
        let found = position < bytes.count ? character(at: position) : "<EOF>"
        return fault("Invalid number, expected digit but got: \(found).", at: position)
    }

    /// The character at a byte, for a message.
    private func character(at offset: Int) -> String {
        let text = String(decoding: bytes[offset..<min(offset + 8, bytes.count)], as: UTF8.self)
        return text.unicodeScalars.first.map { $0.value < 0x20 ? "U+00\(String($0.value, radix: 16))" : "'\($0)'" }
            ?? ""
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
