import Database
import Kernel
import Ledger

/// The edges from what a version was made of to the version.
enum VersionLineage {
    /// Draws the edges that `document` tells of, in place of those that it told of before.
    static func draw(
        _ document: VersionDocument,
        of version: ModelVersion,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        let kinds = ["model_version", "external_model", "dataset_version", "code"]
        try LineageStore.unlink(to: version.subject, fromKinds: kinds, on: connection)
        func link(_ source: Subject, _ relation: String) throws {
            try LineageStore.link(from: source, relation: relation, to: version.subject, at: time, on: connection)
        }
        for parent in document.parents ?? [] {
            let source = try subject(of: parent, on: connection)
            guard source != version.subject else {
                throw RegistryRules.invalid("A version can't be its own parent: \(parent.name) \(parent.version).")
            }
            try link(source, parent.relation)
        }
        for dataset in document.datasets ?? [] {
            let source = Subject("dataset_version", "\(dataset.name)/\(dataset.version)")
            try link(source, dataset.split ?? "data")
        }
        if let code = document.code, let id = code.commit ?? code.digest { try link(Subject("code", id), "built") }
        if let run = document.runID { try link(Subject("run", run.text), "produced") }
    }

    /// The version that is meant where there is one; else a model of which this server knows nothing but its name.
    private static func subject(of parent: ParentModel, on connection: any SQLConnection) throws -> Subject {
        let external = Subject("external_model", "\(parent.name)/\(parent.version)")
        guard let reference = try? VersionReference(text: parent.version) else { return external }
        switch reference {
        case .number(let number):
            let found = try ModelVersionStore.find(parent.name, number, on: connection)
            return found?.subject ?? external
        case .semantic(let version):
            let number = try VersionDocumentStore.number(of: version, parent.name, on: connection)
            return number.map { ModelVersion.subject(parent.name, $0) } ?? external
        }
    }
}
