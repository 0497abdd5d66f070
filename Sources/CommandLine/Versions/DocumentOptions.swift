import ArgumentParser
import Kernel
import Martlet
import Registry

/// What is told of a version beyond its files: by options, by a file, or by both.
struct DocumentOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Its semantic version, such as 1.4.0.", valueName: "version"))
    var semanticVersion: String?

    @Option(help: "What it was made with, such as pytorch.")
    var framework: String?

    @Option(name: .customLong("type"), help: "What it does, such as classification.")
    var modelType: String?

    @Option(help: ArgumentHelp("Who made it.", valueName: "name"))
    var author: String?

    @Option(help: ArgumentHelp("How large it is.", valueName: "bytes"))
    var size: Int64?

    @Option(help: ArgumentHelp("The experiment in which it was made, by any name.", valueName: "id"))
    var experiment: String?

    @Option(help: ArgumentHelp("How good it is; may be repeated.", valueName: "name=number"))
    var metric: [MetricArgument] = []

    @Option(
        help: ArgumentHelp(
            "A setting of its training, its value JSON or a text; may be repeated.",
            valueName: "name=value"
        )
    )
    var hyperparameter: [HyperparameterArgument] = []

    @OptionGroup var origin: OriginOptions

    @Option(
        help: ArgumentHelp(
            """
            A file of JSON that tells all this by its names in the API, - for standard input. An option takes the \
            place of what the file says under that name.
            """,
            valueName: "path"
        )
    )
    var document: String?

    func validate() throws {
        try Self.checkOnce(metric.map(\.name), "--metric")
        try Self.checkOnce(hyperparameter.map(\.name), "--hyperparameter")
    }

    /// Whether nothing is told.
    var isEmpty: Bool { document == nil && told.isEmpty }

    /// What the options alone tell, by its name in the API.
    var told: [(DocumentMember, JSON)] {
        let texts: [(DocumentMember, String?)] = [
            (.semanticVersion, semanticVersion), (.framework, framework), (.modelType, modelType), (.author, author),
            (.experimentID, experiment),
        ]
        var told = texts.compactMap { field, text in text.map { (field, JSON.string($0)) } }
        if let size { told.append((.sizeBytes, .integer(size))) }
        if !metric.isEmpty { told.append((.metrics, .object(JSONObject(metric.map { ($0.name, $0.value) })))) }
        if !hyperparameter.isEmpty {
            let values = JSONObject(hyperparameter.map { ($0.name, $0.value) })
            told.append((.hyperparameters, .object(values)))
        }
        return told + origin.told
    }

    /// What the file and the options tell, by its name in the API.
    ///
    /// - Throws: ``ClientError``: of kind `file` for a file that can't be read, `usage` for one that is no document.
    func members() throws(ClientError) -> JSONObject {
        var members = try document.map { path throws(ClientError) in try Self.read(InputFile(path)) } ?? JSONObject()
        for (field, value) in told { members[field.rawValue] = value }
        return members
    }

    private static func read(_ file: InputFile) throws(ClientError) -> JSONObject {
        let members = try file.object(as: "document")
        if let stranger = members.members.first(where: { DocumentMember(rawValue: $0.name) == nil }) {
            throw ClientError(
                .usage,
                "'\(stranger.name)' in \(file.name) is nothing that a document tells.",
                remedy: "What it may tell: \(DocumentMember.names)."
            )
        }
        return members
    }

    private static func checkOnce(_ names: [String], _ option: String) throws {
        var seen: Set<String> = []
        if let twice = names.first(where: { !seen.insert($0).inserted }) {
            throw ValidationError("\(option) \(twice) stands twice.")
        }
    }
}
