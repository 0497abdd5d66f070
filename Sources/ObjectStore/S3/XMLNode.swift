/// An element of an XML document, as S3 answers: names, text and children; attributes are passed over.
struct XMLNode: Sendable {
    /// What does not read as XML, or not as S3 writes it.
    struct Fault: Error {}

    /// The name without its prefix.
    let name: String
    private(set) var text = ""
    private(set) var children: [XMLNode] = []

    /// The text of the first child called `name`.
    subscript(name: String) -> String? { children.first { $0.name == name }?.text }

    /// The children called `name`.
    func all(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

    /// The root element of a document.
    ///
    /// - Throws: ``Fault``.
    static func parse(_ document: some Sequence<UInt8>) throws(Fault) -> XMLNode {
        var reader = XMLReader(bytes: Array(document))
        return try reader.root()
    }

    fileprivate init(name: String) {
        self.name = name
    }

    fileprivate mutating func append(_ bytes: [UInt8]) { text += String(decoding: bytes, as: UTF8.self) }
    fileprivate mutating func append(_ child: XMLNode) { children.append(child) }
}

/// Reads a document from its first byte to its last.
private struct XMLReader {
    private static let depthMax = 32
    private static let entities: [[UInt8]: UInt8] = [
        Array("lt".utf8): UInt8(ascii: "<"), Array("gt".utf8): UInt8(ascii: ">"), Array("amp".utf8): UInt8(ascii: "&"),
        Array("quot".utf8): UInt8(ascii: "\""), Array("apos".utf8): UInt8(ascii: "'"),
    ]

    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func root() throws(XMLNode.Fault) -> XMLNode {
        while true {
            try skip { $0 != UInt8(ascii: "<") }
            if has("<?") { try skip(past: "?>") } else if has("<!") { try skip(past: ">") } else { break }
        }
        return try element(depth: 0)
    }

    private mutating func element(depth: Int) throws(XMLNode.Fault) -> XMLNode {
        guard depth < Self.depthMax, take("<") else { throw XMLNode.Fault() }
        var node = XMLNode(name: localName())
        while index < bytes.count, bytes[index] != UInt8(ascii: ">"), !has("/>") {
            let quote = bytes[index]
            index += 1
            if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
                try skip { $0 != quote }
                index += 1
            }
        }
        if take("/>") { return node }
        guard take(">") else { throw XMLNode.Fault() }
        while true {
            node.append(try text())
            if has("</") {
                try skip(past: ">")
                return node
            } else if take("<![CDATA[") {
                let start = index
                try skip(past: "]]>")
                node.append(Array(bytes[start..<index - 3]))
            } else if has("<!--") {
                try skip(past: "-->")
            } else {
                node.append(try element(depth: depth + 1))
            }
        }
    }

    /// The text up to the next mark, entities replaced.
    private mutating func text() throws(XMLNode.Fault) -> [UInt8] {
        var result: [UInt8] = []
        while true {
            guard index < bytes.count else { throw XMLNode.Fault() }
            if bytes[index] == UInt8(ascii: "<") { return result }
            if bytes[index] != UInt8(ascii: "&") {
                result.append(bytes[index])
                index += 1
                continue
            }
            index += 1
            let start = index
            try skip { $0 != UInt8(ascii: ";") }
            result += try entity(Array(bytes[start..<index]))
            index += 1
        }
    }

    private func entity(_ name: [UInt8]) throws(XMLNode.Fault) -> [UInt8] {
        if let byte = Self.entities[name] { return [byte] }
        let text = String(decoding: name, as: UTF8.self)
        let number =
            text.hasPrefix("#x")
            ? UInt32(text.dropFirst(2), radix: 16)
            : text.hasPrefix("#") ? UInt32(text.dropFirst()) : nil
        guard let scalar = number.flatMap(Unicode.Scalar.init) else { throw XMLNode.Fault() }
        return Array(String(scalar).utf8)
    }

    private mutating func localName() -> String {
        let start = index
        let ends = Array(" \t\r\n/>".utf8)
        while index < bytes.count, !ends.contains(bytes[index]) { index += 1 }
        let name = String(decoding: bytes[start..<index], as: UTF8.self)
        return name.split(separator: ":").last.map(String.init) ?? name
    }

    private func has(_ mark: StaticString) -> Bool {
        let end = index + mark.utf8CodeUnitCount
        return end <= bytes.count && mark.withUTF8Buffer { bytes[index..<end].elementsEqual($0) }
    }

    private mutating func take(_ mark: StaticString) -> Bool {
        guard has(mark) else { return false }
        index += mark.utf8CodeUnitCount
        return true
    }

    private mutating func skip(past mark: StaticString) throws(XMLNode.Fault) {
        while !take(mark) {
            guard index < bytes.count else { throw XMLNode.Fault() }
            index += 1
        }
    }

    private mutating func skip(while isPassed: (UInt8) -> Bool) throws(XMLNode.Fault) {
        while index < bytes.count, isPassed(bytes[index]) { index += 1 }
        guard index < bytes.count else { throw XMLNode.Fault() }
    }
}

extension XMLNode {
    /// Whether a document can hold `text`: not every character is one of XML's, and a reader takes a carriage return for
    /// a line feed.
    static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x9, 0xA, 0x20...0xFFFD: true
            default: scalar.value >= 0x10000
            }
        }
    }

    /// `text` as it may stand in an element.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
