import Database
import Kernel
import Ledger

/// The edges from what a version was made of to the version.
enum VersionLineage {
    static let kind = LineageKind.modelVersion.rawValue
    static let deletedKind = LineageKind.deletedModelVersion.rawValue

    /// Finds those of a document's parents that are here and were not found before.
    ///
    /// One that was found stays what it is as long as it is told of in the same words: its name may have gone to another
    /// model since. So does one that was told in `old` and not found, when the version has come to bear its name.
    static func findParents(
        of document: inout VersionDocument,
        inPlaceOf old: VersionDocument,
        _ version: ModelVersion,
        on connection: any SQLConnection
    ) throws {
        var found: [ParentModel: Subject] = [:]
        for parent in document.parents ?? [] where found[parent] == nil {
            let known = document.foundParents[parent]
            // The version's own semantic version may be told with the same document, so that nobody could find it yet.
            let isSelf = parent.name == version.modelName && parent.version == document.semanticVersion?.text
            let subject = try known ?? (isSelf ? version.subject : self.version(parent, on: connection))
            guard subject != version.subject else {
                let isCalledSoAnyhow = old.semanticVersion == document.semanticVersion
                if isCalledSoAnyhow, old.parents?.contains(parent) == true { continue }
                throw RegistryRules.invalid("A version can't be its own parent: \(parent.name) \(parent.version).")
            }
            found[parent] = subject
        }
        document.foundParents = found
    }

    /// Draws the edges that `document` tells of, whose parents were looked for, in place of those that it told of before.
    /// Those from the version's run, logged model and original are no part of it.
    static func draw(
        _ document: VersionDocument,
        of version: ModelVersion,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        let kinds: [LineageKind] = [.modelVersion, .deletedModelVersion, .externalModel, .datasetVersion, .code]
        try LineageStore.unlink(
            to: version.subject,
            fromKinds: kinds.map(\.rawValue),
            exceptBy: VersionOrigin.Link.copy,
            on: connection
        )
        var edges: [(source: Subject, relation: String, target: Subject)] = []
        for parent in document.parents ?? [] {
            edges.append((document.foundParents[parent] ?? external(parent), parent.relation, version.subject))
        }
        for dataset in document.datasets ?? [] {
            let source = Subject.datasetVersion(dataset.name, dataset.version)
            edges.append((source, dataset.split ?? "data", version.subject))
        }
        if let code = document.code, let id = code.commit ?? code.digest {
            edges.append((Subject(LineageKind.code.rawValue, id), "built", version.subject))
        }
        try LineageStore.link(edges, at: time, on: connection)
    }

    /// What stands for a model of which this server knows nothing but its name, until it is registered.
    static func external(_ parent: ParentModel) -> Subject {
        external(parent.name, parent.reference?.text ?? parent.version)
    }

    static func external(_ name: String, _ version: String) -> Subject {
        Subject(LineageKind.externalModel.rawValue, "\(name)/\(version)")
    }

    /// The version that is meant, if there is one.
    static func version(_ parent: ParentModel, on connection: any SQLConnection) throws -> Subject? {
        let number: Int? =
            switch parent.reference {
            case .number(let number): number
            case .semantic(let version): try VersionDocumentStore.number(of: version, parent.name, on: connection)
            case nil: nil
            }
        return try number.flatMap { try ModelVersionStore.find(parent.name, $0, on: connection)?.subject }
    }
}

extension ParentModel {
    /// The version as one of this registry is called; nil where it is called as none is here.
    var reference: VersionReference? { try? VersionReference(text: version) }
}

extension VersionReference {
    /// The number, or the semantic version.
    var text: String {
        switch self {
        case .number(let number): String(number)
        case .semantic(let version): version.text
        }
    }
}
