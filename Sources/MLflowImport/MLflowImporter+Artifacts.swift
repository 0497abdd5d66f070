import Artifacts
import Database
import Kernel
import ObjectStore

/// A folder of artifacts, on both sides.
struct ArtifactFolder: Sendable {
    /// Where its files lie in MLflow.
    let source: ForeignFolder
    /// Where they lie in Martlet.
    let target: ObjectKey

    /// Whether the import itself writes the file of spans in it, out of MLflow's database.
    var isBesideSpans = false

    /// Whether the file at `path` below it is compared and copied as a file.
    func takes(_ path: String) -> Bool { !isBesideSpans || path != MLflowImporter.spansFile }

    /// The key of one of its files; nil for a name that no key has, as one with a backslash.
    func key(of file: ForeignFolder.File) -> ObjectKey? {
        do { return try target.appending(decoded: file.path) } catch { return nil }
    }
}

/// What has folders of artifacts in one of MLflow's tables.
struct ArtifactOwners: Sendable {
    /// Their kind, by which the place is noted where the copying goes on.
    let name: String
    /// The table.
    let table: SourceTable
    /// The column of the folder's URI.
    let column: Int
    /// The column that says whether spans are in the database, nil where there are none.
    var spansColumn: Int?

    /// Whether the row is a trace whose spans are in the database.
    func hasSpansInDatabase(_ row: SourceRow) throws -> Bool {
        try spansColumn.map { try row.flag($0) } ?? false
    }
}

/// A folder of which nothing is brought over, and why; the report names it, and the rest of the import goes on.
struct RefusedFolder: Error {
    let description: String

    /// What `body` answers, unless it lists more entries of the folder at `path` than a listing has.
    static func unlessListed<Value>(_ path: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as MartletError where error.code == .resourceExhausted {
            throw RefusedFolder(description: "\(path): more than \(ObjectListing.countMax) files and folders")
        }
    }
}

/// The copying of the files of runs and logged models.
extension MLflowImporter {
    private static let foldersAtOnce = 100

    /// Copies what is not there yet.
    func copyArtifacts() async throws {
        for owners in artifactOwners {
            let (name, table) = (owners.name, owners.table)
            guard let start = try await cursor(name) else { continue }
            let reader = SourceReader(database: source.database, table: table)
            try await reader.forEachPage(after: start, limit: Self.foldersAtOnce) { rows in
                guard let last = rows.last else { return }
                for row in rows {
                    do {
                        guard let folder = try artifactFolder(of: row, owners) else { continue }
                        try await copy(folder)
                    } catch is RefusedFolder {
                        // The comparison names it.
                    }
                }
                try await target.database.write { [store] connection in
                    try store.setCursor(name, SourceCursor(after: table.key(of: last)), on: connection)
                }
            }
            try await target.database.write { [store] in try store.setCursor(name, nil, on: $0) }
        }
    }

    /// The tables whose rows have folders of artifacts.
    var artifactOwners: [ArtifactOwners] {
        var owners = [ArtifactOwners(name: "artifact files of runs", table: source.tables.runs, column: 9)]
        if let models = source.tables.loggedModels {
            owners.append(ArtifactOwners(name: "artifact files of logged models", table: models, column: 3))
        }
        if let traces = source.tables.traces {
            owners.append(
                ArtifactOwners(
                    name: "artifact files of traces",
                    table: traces,
                    column: SourceTables.traceFolderColumn,
                    spansColumn: SourceTables.traceSpansColumn
                )
            )
        }
        return owners
    }

    /// The folder of the row's artifacts on both sides; nil when its files stay where they are, or nobody said where
    /// they are.
    ///
    /// - Throws: ``RefusedFolder``.
    func artifactFolder(of row: SourceRow, _ owners: ArtifactOwners) throws -> ArtifactFolder? {
        var folder = try artifactFolder(try row.text(owners.column))
        folder?.isBesideSpans = try owners.hasSpansInDatabase(row)
        return folder
    }

    /// The folder at `uri` on both sides; nil when its files stay where they are, or nobody said where they are.
    ///
    /// - Throws: ``RefusedFolder``.
    private func artifactFolder(_ uri: String) throws -> ArtifactFolder? {
        guard let path = source.places.folder(uri, root: artifactRoot) else { return nil }
        let key = source.places.uri(uri).drop { $0 != "/" }.drop { $0 == "/" }
        do {
            return ArtifactFolder(source: ForeignFolder(path, of: folders), target: try ObjectKey(String(key)))
        } catch is MartletError {
            throw RefusedFolder(description: "\(uri): its address is not one of a folder")
        }
    }

    /// What of a folder is in Martlet's store.
    ///
    /// - Throws: ``RefusedFolder``; what the store throws.
    func list(_ folder: ArtifactFolder) async throws -> [ObjectListing] {
        try await RefusedFolder.unlessListed(folder.source.path) {
            try await target.artifacts.objects.list(folder.target, recursive: true)
        }
    }

    private func copy(_ folder: ArtifactFolder) async throws {
        let files = try await RefusedFolder.unlessListed(folder.source.path) {
            try await folder.source.contents().files.filter { folder.takes($0.path) }
        }
        guard !files.isEmpty else { return }
        let there = try await list(folder)
        let names = Set(there.map { Array($0.name.utf8) })
        for file in files where !names.contains(Array(file.path.utf8)) {
            guard let key = folder.key(of: file) else { continue }
            let reader = try await folder.source.open(file)
            try await target.artifacts.put(key, from: reader.read(), expectedLength: reader.size)
            report(Progress(step: "\(ImportKind.artifacts.rawValue): \(key)", count: 1))
        }
    }
}
