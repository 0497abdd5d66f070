import Kernel

/// What may stand in a version's document.
enum VersionDocumentRules {
    private static let textLengthMax = 1000
    private static let listMax = 1000
    private static let valuesBytesMax = 1 << 20

    static func check(_ document: VersionDocument) throws {
        try check("framework", document.framework)
        try check("model_type", document.modelType)
        try check("author", document.author)
        try check("experiment_id", document.experimentID)
        try check("run_id", document.runID?.text)
        guard document.sizeBytes ?? 0 >= 0 else {
            throw RegistryRules.invalid("'model_size_bytes' must be 0 or more, not \(document.sizeBytes ?? 0).")
        }
        try check("hyperparameters", document.hyperparameters) { _ in true }
        try check("metrics", document.metrics) { $0.doubleValue?.isFinite == true }
        try check(document.parents ?? [])
        try check(document.datasets ?? [])
        if let code = document.code {
            try check("code.repository", code.repository)
            try check("code.commit", code.commit)
            try check("code.digest", code.digest)
            guard code.commit != nil || code.digest != nil else {
                throw RegistryRules.invalid("'code' must have a 'commit' or a 'digest'.")
            }
        }
    }

    private static func check(_ parents: [ParentModel]) throws {
        try checkCount("parent_models", parents.count)
        for parent in parents {
            try check("parent_models.model_id", parent.name)
            try check("parent_models.version", parent.version)
            guard !parent.relation.isEmpty, parent.relation.utf8.count <= 50, parent.relation.utf8.allSatisfy(isWord)
            else {
                throw RegistryRules.invalid(
                    "Invalid relationship '\(parent.relation.prefix(100))'. It is a word such as fine-tuned or"
                        + " distilled: 1 to 50 letters, digits, '-' and '_'."
                )
            }
        }
    }

    private static func check(_ datasets: [TrainingDataset]) throws {
        try checkCount("datasets", datasets.count)
        for dataset in datasets {
            try check("datasets.dataset_id", dataset.name)
            try check("datasets.version", dataset.version)
            try check("datasets.split", dataset.split)
            guard dataset.size ?? 0 >= 0 else {
                throw RegistryRules.invalid("'datasets.size' must be 0 or more, not \(dataset.size ?? 0).")
            }
        }
    }

    private static func check(_ name: String, _ text: String?) throws {
        guard let text else { return }
        guard !text.isEmpty, text.utf8.count <= textLengthMax else {
            throw RegistryRules.invalid("'\(name)' must be a text of 1 to \(textLengthMax) bytes.")
        }
    }

    private static func check(_ name: String, _ values: JSONObject?, areSound isSound: (JSON) -> Bool) throws {
        guard let values else { return }
        try checkCount(name, values.members.count)
        guard Set(values.members.map(\.name)).count == values.members.count else {
            throw RegistryRules.invalid("A name stands twice in '\(name)'. Write each once.")
        }
        if let bad = values.members.first(where: { !isSound($0.value) }) {
            throw RegistryRules.invalid("'\(name).\(bad.name)' must be a finite number, not \(bad.value.kind).")
        }
        let text = JSON.object(values).text
        guard text.utf8.count <= valuesBytesMax, !text.contains("\\u0000") else {
            throw RegistryRules.invalid("'\(name)' must be at most \(valuesBytesMax) bytes of JSON without U+0000.")
        }
    }

    private static func checkCount(_ name: String, _ count: Int) throws {
        guard count <= listMax else {
            throw RegistryRules.invalid("'\(name)' has at most \(listMax) items, not \(count).")
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
