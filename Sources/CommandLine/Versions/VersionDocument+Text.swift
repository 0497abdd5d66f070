import Kernel
import Martlet

extension ModelVersion {
    /// Its number, and its semantic version behind it where it has one: `3 (1.4.0)`.
    var namedNumber: String {
        guard let document, !document.semanticVersion.isEmpty else { return version }
        return "\(version) (\(document.semanticVersion))"
    }
}

extension VersionDocument {
    /// What is told of a version in a word or a number each; empty where nothing is.
    var facts: [(name: String, value: String)] {
        [
            ("semantic version", semanticVersion), ("framework", framework), ("type", modelType), ("author", author),
            ("size", sizeBytes.map(Readable.size) ?? ""), ("experiment", experimentID),
        ]
    }

    /// The same, and what it was made from in the words of the options by which it is told.
    var comparedFacts: [(name: String, value: String)] {
        let origin: [(name: String, value: String)] = [
            ("parents", parents.map { "\($0.model)@\($0.version):\($0.relation)" }.joined(separator: ", ")),
            ("datasets", datasets.map(\.text).joined(separator: ", ")),
            ("code repository", code.repository), ("code commit", code.commit), ("code digest", code.digest),
        ]
        return (facts + origin).filter { !$0.value.isEmpty }.map { ($0.name.replacing(" ", with: "_"), $0.value) }
    }
}

extension VersionDocument.Dataset {
    /// As the option is written by which it is told.
    var text: String {
        var text = "\(name)@\(version)"
        if !split.isEmpty || size != nil { text += ":" + split }
        if let size { text += ":\(size)" }
        return text
    }
}

extension Details {
    /// Adds what is told of a version under headings of its own.
    mutating func addParts(of document: VersionDocument) {
        add("Metrics", document.metrics.map { ($0.name, Readable.value($0.value)) })
        add("Hyperparameters", document.hyperparameters.map { ($0.name, Readable.value($0.value)) })
        add(
            "Parents",
            Table(
                columns: [
                    .init(title: "MODEL", isFlexible: true), .init(title: "VERSION", isFlexible: true),
                    .init(title: "RELATION"),
                ],
                rows: document.parents.map { [.init($0.model), .init($0.version), .init($0.relation)] }
            )
        )
        add(
            "Datasets",
            Table(
                columns: [
                    .init(title: "DATASET", isFlexible: true), .init(title: "VERSION", isFlexible: true),
                    .init(title: "SPLIT"), .init(title: "ROWS", isNumber: true),
                ],
                rows: document.datasets.map {
                    [.init($0.name), .init($0.version), .init($0.split), .init($0.size.map { String($0) } ?? "")]
                }
            )
        )
        let code = [
            ("repository", document.code.repository), ("commit", document.code.commit),
            ("digest", document.code.digest),
        ]
        add("Code", code.map { (name: $0.0, value: $0.1) }.filter { !$0.value.isEmpty })
    }
}
