package import Kernel

/// What the server said about one thing: the whole document, and its usual members by name.
package protocol Record: Sendable {
    /// The document, with all that the server put into it.
    var json: JSON { get }
    /// The thing that `json` is about; what is missing in it is empty.
    init(_ json: JSON)
}

extension Record {
    /// The text of a member, empty when there is none; a number as its digits.
    func text(_ path: String...) -> String {
        switch json.member(path) {
        case .string(let text)?: text
        case .integer(let number)?: String(number)
        default: ""
        }
    }

    /// A whole number, which MLflow's clients also write as a text.
    func integer(_ path: String...) -> Int64? { json.integer(at: path) }

    /// A moment, absent when it is 0.
    func time(_ path: String...) -> Timestamp? {
        json.integer(at: path).flatMap { $0 > 0 ? Timestamp(milliseconds: $0) : nil }
    }

    /// A list of objects with a name and a text: tags, parameters, aliases.
    func pairs(_ path: String..., name: String = "key", value: String = "value") -> [(name: String, value: String)] {
        (json.member(path)?.arrayValue ?? []).compactMap { element in
            guard let object = element.objectValue, let key = object[name]?.stringValue else { return nil }
            return (key, object[value]?.stringValue ?? "")
        }
    }
}

extension JSON {
    /// The member that lies at `path`, one name a level.
    package func member(_ path: [String]) -> JSON? {
        path.reduce(Optional(self)) { value, name in value?.objectValue?[name] }
    }

    func integer(at path: [String]) -> Int64? {
        switch member(path) {
        case .string(let text)?: Int64(text)
        case let value: value?.integerValue
        }
    }
}
