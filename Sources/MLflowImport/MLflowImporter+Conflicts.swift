import Database
import Kernel
import Ledger
import Registry
import Tracking
import Webhooks

/// The search for what is in the target already and did not come from this source.
extension MLflowImporter {
    private static let asked = 1000
    private static let shownMax = 20

    /// - Throws: ``ImportError`` that names what collides.
    func checkConflicts() async throws {
        var conflicts = try await sharedNames()
        try await experimentConflicts(&conflicts)
        try await self.conflicts(.run, source.tables.runs, &conflicts) { [tracking = target.tracking] ids, connection in
            try tracking.runs(ids.map { RunID($0) }, on: connection).map(\.id.text)
        }
        if let models = source.tables.loggedModels {
            try await self.conflicts(.loggedModel, models, &conflicts) { [tracking = target.tracking] ids, connection in
                let ids = ids.map { LoggedModelID($0) }
                return try [false, true].flatMap { isDeleted in
                    try tracking.loggedModels(ids, isDeleted: isDeleted, on: connection).map(\.id.text)
                }
            }
        }
        let (registered, registry) = (source.tables.registeredModels, target.registry)
        try await self.conflicts(.registeredModel, registered, &conflicts) { names, connection in
            try registry.models(names, on: connection).map(\.name)
        }
        try await versionConflicts(&conflicts)
        if let traces = source.tables.traces {
            try await self.conflicts(.trace, traces, &conflicts) { [tracking = target.tracking] ids, connection in
                try tracking.traces(ids.map { TraceID($0) }, on: connection).map(\.id.text)
            }
        }
        if let webhooks = source.tables.webhooks {
            try await self.conflicts(.webhook, webhooks, &conflicts) { [admission = target.webhooks] ids, connection in
                try admission.webhooks(ids, on: connection).map(\.id)
            }
        }
        guard !conflicts.isEmpty else { return }
        let shown = conflicts.prefix(Self.shownMax).map { "  " + $0 }.joined(separator: "\n")
        let more = conflicts.count > Self.shownMax ? "\n  and \(conflicts.count - Self.shownMax) more" : ""
        throw ImportError(
            "Nothing was written, for this server already has what the import would bring:\n\(shown)\(more)\n"
                + "Import into an empty data folder, or rename or remove these on one side."
        )
    }

    private func conflicts(
        _ kind: ImportStore.SubjectKind,
        _ table: SourceTable,
        _ conflicts: inout [String],
        present: @escaping @Sendable ([String], any SQLConnection) throws -> [String]
    ) async throws {
        let reader = SourceReader(database: source.database, table: table)
        try await reader.forEachPage(limit: Self.asked) { rows in
            let ids = try rows.map { try $0.text(0) }
            let found = try await target.database.read { [store] connection in
                let there = try present(ids, connection)
                let brought = try store.brought(kind, among: there, on: connection)
                return there.filter { !brought.contains($0) }
            }
            conflicts += found.map { "\(kind.rawValue.replacing("_", with: " ")) '\($0)'" }
        }
    }

    /// Versions that were made here, of models that came from there, under the numbers of others there.
    private func versionConflicts(_ conflicts: inout [String]) async throws {
        let reader = SourceReader(database: source.database, table: source.tables.versions)
        try await reader.forEachPage(limit: Self.asked) { rows in
            let theirs = try rows.map(source.version)
            guard let first = theirs.map(\.number).min(), let last = theirs.map(\.number).max() else { return }
            let ids = Set(theirs.map { ModelVersion.subject($0.modelName, $0.number).id })
            let names = Array(Set(theirs.map(\.modelName)))
            conflicts += try await target.database.read { [store, registry = target.registry] connection in
                let models = try store.brought(.registeredModel, among: names, on: connection)
                let there = try registry.versions(of: Array(models), numbered: first...last, on: connection)
                    .map(\.id).filter(ids.contains)
                let brought = try store.brought(.version, among: there, on: connection)
                return there.filter { !brought.contains($0) }.map { "model version '\($0)'" }
            }
        }
    }

    private func experimentConflicts(_ conflicts: inout [String]) async throws {
        let reader = SourceReader(database: source.database, table: source.tables.experiments)
        try await reader.forEachPage(limit: Self.asked) { rows in
            let ours = try rows.map(source.experiment)
            conflicts += try await target.database.read { [store, tracking = target.tracking] connection in
                let names = Dictionary(ours.map { ($0.name, $0.id) }) { first, _ in first }
                let theirs = try tracking.experiments(ours.map(\.id), orNamed: ours.map(\.name), on: connection)
                let brought = try store.brought(.experiment, among: theirs.map(\.id.description), on: connection)
                var conflicts: [String] = []
                for their in theirs {
                    let id = names[their.name]
                    // One that came from there may have another name there by now, and another experiment its own.
                    let isNameOfAnother = id != nil && id != their.id
                    guard isNameOfAnother || !brought.contains(their.id.description) else { continue }
                    if id == their.id, their.id.number == 0 { continue }
                    let isDefault = their.id.number == 0 && their.name == "Default"
                    let isUnused = try isDefault && !tracking.hasRuns(their.id, on: connection)
                    if !isUnused { conflicts.append("experiment \(their.id) '\(their.name)'") }
                }
                return conflicts
            }
        }
    }

    /// Names that are unique in a workspace of MLflow's, but not in all of them together.
    private func sharedNames() async throws -> [String] {
        guard source.revision >= .workspaces else { return [] }
        return try await source.database.read { connection in
            let experiments = try connection.query(
                "SELECT name FROM experiments GROUP BY name HAVING COUNT(*) > 1 ORDER BY name LIMIT 100",
                []
            ) { row in "experiment '\(try row.text(0))', in more than one workspace of MLflow's" }
            let models = try connection.query(
                "SELECT name FROM registered_models GROUP BY name HAVING COUNT(*) > 1 ORDER BY name LIMIT 100",
                []
            ) { row in "registered model '\(try row.text(0))', in more than one workspace of MLflow's" }
            return experiments + models
        }
    }
}
