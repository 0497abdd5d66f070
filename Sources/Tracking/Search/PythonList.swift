/// Why a text is no list of texts; in MLflow's words.
struct PythonListFault: Error {
    let reason: String
}

extension PythonText {
    /// The texts of `('a', "b\n",)`, their escapes resolved as Python resolves them.
    static func texts(inList list: String) throws(PythonListFault) -> [String] {
        var reader = PythonListReader(Array(list.unicodeScalars))
        return try reader.texts(of: list)
    }
}

/// Reads a tuple of texts as Python writes it.
private struct PythonListReader {
    /// More than anybody asks for; a database takes some tens of thousands of parameters.
    private static let itemsMax = 10_000

    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    mutating func texts(of list: String) throws(PythonListFault) -> [String] {
        guard take() == "(" else { throw Self.fault("ill-formed list.") }
        var items: [String] = []
        while true {
            skipSpace()
            switch take() {
            case ")":
                guard !items.isEmpty else { throw Self.fault("empty list") }
                return items
            case let quote? where quote == "'" || quote == "\"": items.append(try text(until: quote))
            case let digit? where ("0"..."9").contains(digit) || digit == "-":
                throw PythonListFault(
                    reason: "While parsing a list in the query, expected string value, punctuation, or whitespace, "
                        + "but got different type in list: \(list.prefix(200))"
                )
            default: throw Self.fault("ill-formed list.")
            }
            guard items.count <= Self.itemsMax else { throw Self.fault("more than \(Self.itemsMax) values") }
            skipSpace()
            if position < scalars.count, scalars[position] == ")" { continue }
            guard take() == "," else { throw Self.fault("ill-formed list.") }
        }
    }

    private static func fault(_ found: String) -> PythonListFault {
        PythonListFault(
            reason: "While parsing a list in the query, expected a non-empty list of string values, but got \(found)"
        )
    }

    private mutating func take() -> Unicode.Scalar? {
        guard position < scalars.count else { return nil }
        defer { position += 1 }
        return scalars[position]
    }

    private mutating func skipSpace() {
        while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
    }

    private mutating func text(until quote: Unicode.Scalar) throws(PythonListFault) -> String {
        var text = String.UnicodeScalarView()
        while let scalar = take(), scalar != "\n" {
            if scalar == quote { return String(text) }
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            try appendEscape(to: &text)
        }
        throw Self.fault("ill-formed list.")
    }

    private static let plainEscapes: [Unicode.Scalar: Unicode.Scalar] = [
        "\\": "\\", "'": "'", "\"": "\"", "n": "\n", "r": "\r", "t": "\t", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}",
        "v": "\u{B}",
    ]

    /// What the backslash that was just read begins; an unknown one stands for itself.
    private mutating func appendEscape(to text: inout String.UnicodeScalarView) throws(PythonListFault) {
        guard let kind = take() else { throw Self.fault("ill-formed list.") }
        if let plain = Self.plainEscapes[kind] {
            text.append(plain)
        } else if let digitCount = ["x": 2, "u": 4, "U": 8][kind] {
            text.append(try scalar(digits: digitCount, radix: 16))
        } else if ("0"..."7").contains(kind) {
            position -= 1
            let digits = scalars[position...].prefix(3).prefix { ("0"..."7").contains($0) }.count
            text.append(try scalar(digits: digits, radix: 8))
        } else if kind != "\n" {
            text.append("\\")
            text.append(kind)
        }
    }

    private mutating func scalar(digits count: Int, radix: Int) throws(PythonListFault) -> Unicode.Scalar {
        var digits = String.UnicodeScalarView()
        digits.append(contentsOf: scalars[position...].prefix(count))
        guard digits.count == count, let value = UInt32(String(digits), radix: radix),
            let scalar = Unicode.Scalar(value)
        else { throw Self.fault("ill-formed list.") }
        position += count
        return scalar
    }
}
