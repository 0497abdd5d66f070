import ArgumentParser
import Kernel

/// A metric as it is written on the command line: `name=number`.
struct MetricArgument: ExpressibleByArgument {
    let name: String
    /// A finite number.
    let value: JSON

    init?(argument: String) {
        guard let pair = TagArgument(argument: argument) else { return nil }
        let value = (try? JSON.parse(pair.value.utf8)) ?? Double(pair.value).map { .number($0) }
        guard let value, value.doubleValue?.isFinite == true else { return nil }
        name = pair.key
        self.value = value
    }
}

/// A hyperparameter as it is written on the command line: `name=value`, the value JSON where it is, else a text.
struct HyperparameterArgument: ExpressibleByArgument {
    let name: String
    let value: JSON

    init?(argument: String) {
        guard let pair = TagArgument(argument: argument) else { return nil }
        name = pair.key
        value = (try? JSON.parse(pair.value.utf8)) ?? .string(pair.value)
    }
}

/// A model from which a version was made, as it is written on the command line: `model@version:relation`.
struct ParentArgument: ExpressibleByArgument {
    let model: String
    let version: String
    let relation: String

    init?(argument: String) {
        // Names from elsewhere have colons of their own.
        guard let colon = argument.lastIndex(of: ":"), let at = argument[..<colon].lastIndex(of: "@") else {
            return nil
        }
        model = String(argument[..<at])
        version = String(argument[argument.index(after: at)..<colon])
        relation = String(argument[argument.index(after: colon)...])
        guard ![model, version, relation].contains("") else { return nil }
    }

    /// What the API takes.
    var json: JSON {
        ["model_id": .string(model), "version": .string(version), "relationship": .string(relation)]
    }
}

/// A dataset from which a version was made, as it is written on the command line: `name@version`, `name@version:split`
/// or `name@version:split:rows`; of all splits together `name@version::rows`.
struct DatasetArgument: ExpressibleByArgument {
    let name: String
    let version: String
    let split: String?
    let size: Int64?

    init?(argument: String) {
        guard let at = argument.lastIndex(of: "@") else { return nil }
        let parts = argument[argument.index(after: at)...].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 3 else { return nil }
        name = String(argument[..<at])
        version = String(parts[0])
        split = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
        size = parts.count > 2 ? Int64(parts[2]) : nil
        guard !name.isEmpty, !version.isEmpty, parts.count < 3 || size.map({ $0 >= 0 }) == true else { return nil }
    }

    /// What the API takes.
    var json: JSON {
        var members: JSONObject = ["dataset_id": .string(name), "version": .string(version)]
        if let split { members["split"] = .string(split) }
        if let size { members["size"] = .integer(size) }
        return .object(members)
    }
}
