import ArgumentParser
import Kernel
import Registry

/// What a version was made from.
struct OriginOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A model that it was made from, and how: base@3:fine-tuned. May be repeated.",
            valueName: "model@version:relation"
        )
    )
    var parent: [ParentArgument] = []

    @Option(
        help: ArgumentHelp(
            "A dataset that it was made from: flowers@2:train:100000. May be repeated.",
            valueName: "name@version[:split[:rows]]"
        )
    )
    var dataset: [DatasetArgument] = []

    @Option(help: ArgumentHelp("Where the code that made it is kept.", valueName: "url"))
    var codeRepository: String?

    @Option(help: ArgumentHelp("The code's commit there.", valueName: "commit"))
    var codeCommit: String?

    @Option(help: ArgumentHelp("The digest of the code's files.", valueName: "digest"))
    var codeDigest: String?

    func validate() throws {
        guard codeRepository == nil || codeCommit != nil || codeDigest != nil else {
            throw ValidationError("--code-repository needs --code-commit or --code-digest beside it.")
        }
    }

    /// What the options tell, by its name in the API.
    var told: [(DocumentMember, JSON)] {
        var told: [(DocumentMember, JSON)] = []
        if !parent.isEmpty { told.append((.parents, .array(parent.map(\.json)))) }
        if !dataset.isEmpty { told.append((.datasets, .array(dataset.map(\.json)))) }
        let code = [("repository", codeRepository), ("commit", codeCommit), ("digest", codeDigest)].compactMap { part in
            part.1.map { (part.0, JSON.string($0)) }
        }
        if !code.isEmpty { told.append((.code, .object(JSONObject(code)))) }
        return told
    }
}
