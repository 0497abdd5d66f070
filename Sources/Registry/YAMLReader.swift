import Kernel
import Yams

/// Reads YAML from strangers into JSON, in time and memory that the text's size bounds.
enum YAMLReader {
    private static let nodesMax = 1_000_000
    private static let depthMax = 100
    private static let aliasesMax = 8

    /// The document in `bytes` (UTF-8): mappings with scalar keys, sequences, scalars.
    ///
    /// Plain scalars are null, booleans and numbers as JSON spells them (and `~`); all others are strings.
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func read(_ bytes: [UInt8]) throws -> JSON {
        try checkAliases(bytes)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw fault("it is not UTF-8") }
        let root: Node?
        do {
            root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch {
            throw fault("it is not YAML", cause: error)
        }
        guard let root else { throw fault("it is empty") }
        var nodesLeft = nodesMax
        return try json(root, depth: 0, &nodesLeft)
    }

    /// Aliases repeat what an anchor names, and aliases of aliases multiply it; the parser hashes keys in full, so
    /// their number is bounded before it sees them. MLflow writes none.
    private static func checkAliases(_ bytes: [UInt8]) throws {
        var anchors = 0
        var aliases = 0
        var before = UInt8(ascii: " ")
        for (index, byte) in bytes.enumerated() {
            defer { before = byte }
            guard byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"), !isName(before),
                index + 1 < bytes.count, isName(bytes[index + 1])
            else { continue }
            if byte == UInt8(ascii: "&") { anchors += 1 } else { aliases += 1 }
        }
        guard anchors == 0 || aliases <= aliasesMax else { throw fault("it has more than \(aliasesMax) aliases") }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func json(_ node: Node, depth: Int, _ nodesLeft: inout Int) throws -> JSON {
        nodesLeft -= 1
        guard nodesLeft >= 0 else { throw fault("it has too many parts") }
        guard depth <= depthMax else { throw fault("it is nested more than \(depthMax) levels deep") }
        switch node {
        case .scalar(let scalar): return value(scalar)
        case .sequence(let sequence):
            var elements: [JSON] = []
            for element in sequence { elements.append(try json(element, depth: depth + 1, &nodesLeft)) }
            return .array(elements)
        case .mapping(let mapping):
            var members: [(String, JSON)] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else { throw fault("it has a key that is not a scalar") }
                members.append((name.string, try json(value, depth: depth + 1, &nodesLeft)))
            }
            return .object(JSONObject(members))
        case .alias: throw fault("it has an alias that names nothing")
        }
    }

    private static func value(_ scalar: Node.Scalar) -> JSON {
        guard scalar.style == .plain else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        case let text:
            guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return .string(text) }
            if let integer = Int64(text) { return .integer(integer) }
            if let number = Double(text), number.isFinite { return .number(number) }
            return .string(text)
        }
    }

    private static func fault(_ reason: String, cause: (any Error)? = nil) -> MartletError {
        MartletError(.invalidParameterValue, "MLmodel: \(reason)", cause: cause)
    }
}
