import Inference
import Kernel

/// Values in lists nested evenly, as they are gathered; a single value is nested in none.
struct NestedList {
    /// Why lists are not taken: what is wrong.
    struct Misfit: Error {
        let reason: String
    }

    /// The lengths, outermost first; empty for a single value.
    let shape: [Int]

    /// Gathers the values of `json` into `buffer`.
    init(_ json: JSON, into buffer: inout ElementBuffer) throws(Misfit) {
        var shape: [Int] = []
        var level = json
        while case .array(let elements) = level {
            shape.append(elements.count)
            guard let first = elements.first else { break }
            level = first
        }
        self.shape = shape
        try Self.gather(json, shape[...], &buffer)
    }

    private static func gather(
        _ json: JSON,
        _ shape: ArraySlice<Int>,
        _ buffer: inout ElementBuffer
    ) throws(Misfit) {
        guard let length = shape.first else {
            do {
                return try buffer.append(json)
            } catch {
                throw Misfit(reason: "expected \(error.expected), found \(json.found)")
            }
        }
        guard case .array(let elements) = json, elements.count == length else {
            throw Misfit(reason: "its lists are not all of the same length")
        }
        for element in elements { try gather(element, shape.dropFirst(), &buffer) }
    }
}

extension JSON {
    /// The value in words for a message: a number as it is, of all else only the kind.
    var found: String {
        switch self {
        case .null: "null"
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
