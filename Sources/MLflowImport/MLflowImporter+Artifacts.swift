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

    /// The key of one of its files; nil for a name that no key has, as one with a backslash.
    func key(of file: ForeignFolder.File) -> ObjectKey? {
        do { return try target.appending(decoded: file.path) } catch { return nil }
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
        for (name, table, column) in artifactTables {
            guard let start = try await cursor(name) else { continue }
            let reader = SourceReader(database: source.database, table: table)
            try await reader.forEachPage(after: start, limit: Self.foldersAtOnce) { rows in
                guard let last = rows.last else { return }
                for row in rows {
                    do {
                        guard let folder = try artifactFolder(try row.text(column)) else { continue }
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

    /// The tables whose rows have folders of artifacts, and the column that names them.
    var artifactTables: [(name: String, table: SourceTable, column: Int)] {
        var tables = [(name: "artifact files of runs", table: source.tables.runs, column: 9)]
        if let models = source.tables.loggedModels {
            tables.append((name: "artifact files of logged models", table: models, column: 3))
        }
        return tables
    }

    /// The folder at `uri` on both sides; nil when its files stay where they are, or nobody said where they are.
    ///
    /// - Throws: ``RefusedFolder``.
    func artifactFolder(_ uri: String) throws -> ArtifactFolder? {
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
            try await folder.source.contents().files
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
