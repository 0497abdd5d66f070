import ArgumentParser

/// A tag as it is written on the command line: `key=value`.
struct TagArgument: ExpressibleByArgument {
    let key: String
    let value: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
        key = String(argument[..<sign])
        value = String(argument[argument.index(after: sign)...])
    }

    var defaultValueDescription: String { "\(key)=\(value)" }
}
