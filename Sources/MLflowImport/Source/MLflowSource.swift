package import Database
import Kernel

/// An MLflow tracking server's database, read and never written to.
package struct MLflowSource: Sendable {
    let database: DatabaseReader
    let revision: MLflowRevision
    /// What tells this database from others, wherever it lies: its oldest experiment, and its oldest run where nobody
    /// noted when that was made.
    let identity: String
    let tables: SourceTables
    let places: ArtifactPlaces

    /// How many rows are read at once.
    static let pageRowsMax = 5000

    /// The database behind `reader`.
    ///
    /// - Throws: ``ImportError`` when it is not MLflow's, or of a version that can't be read; ``DatabaseError``.
    package init(_ reader: DatabaseReader) async throws {
        database = reader
        revision = try await Self.revision(reader)
        tables = SourceTables(revision)
        let experiments = SourceReader(database: reader, table: tables.experiments)
        var identity = ""
        var isDated = true
        var places = ArtifactPlaces()
        try await experiments.forEachPage { rows in
            for row in rows {
                let number = try row.integer(0)
                let location = try row.optionalText(2) ?? ""
                if identity.isEmpty {
                    // An experiment that is older than MLflow 1.29 has no time.
                    let createdAt = try row.optionalInteger(4)
                    isDated = createdAt != nil
                    identity = "\(number):\(createdAt?.description ?? location)"
                }
                places.add(location, of: number)
            }
        }
        // Many have `./mlruns/0` for the place of their first experiment.
        if !isDated, let run = try await Self.oldestRun(reader) { identity += ":" + run }
        self.identity = ContentDigest(of: identity.utf8).hexadecimal
        self.places = places
    }

    /// The rows that belong to `ids`, however many; what `select` says ends where their list begins.
    func rows(_ select: SQLText, of ids: [String], _ order: SQLText = "") async throws -> [SourceRow] {
        var found: [SourceRow] = []
        for start in stride(from: 0, to: ids.count, by: 1000) {
            let chunk = ids[start..<min(start + 1000, ids.count)]
            found += try await database.read { connection in
                try connection.query(
                    select + " (" + .parameters(from: 1, count: chunk.count) + ") " + order,
                    chunk.map { .text($0) }
                ) { SourceRow($0) }
            }
        }
        return found
    }

    /// Closes the database.
    package func close() async {
        await database.close()
    }

    private static func oldestRun(_ reader: DatabaseReader) async throws -> String? {
        try await reader.read { connection in
            try connection.first("SELECT run_uuid FROM runs ORDER BY COALESCE(start_time, 0), run_uuid LIMIT 1") {
                try $0.text(0)
            }
        }
    }

    private static func revision(_ reader: DatabaseReader) async throws -> MLflowRevision {
        let names: [String]
        do {
            names = try await reader.read { connection in
                try connection.query("SELECT version_num FROM alembic_version", []) { try $0.text(0) }
            }
        } catch let error as DatabaseError where error.code == .failed {
            throw ImportError(
                "The database is not MLflow's: it has no table alembic_version. \(MLflowRevision.supported) is read."
            )
        }
        guard let name = names.first, names.count == 1, let revision = MLflowRevision(name) else {
            throw ImportError(
                "The database has the schema \(names.joined(separator: ", ")), which can't be read: "
                    + "\(MLflowRevision.supported) can. An older one is brought up to date by `mlflow db upgrade`, on "
                    + "a copy; for a newer one a newer Martlet is needed."
            )
        }
        return revision
    }
}

/// Reads a table page by page.
struct SourceReader: Sendable {
    let database: DatabaseReader
    let table: SourceTable

    /// Hands over each page after `start`, in the order of the key.
    ///
    /// - Throws: ``DatabaseError``, and what `body` throws.
    func forEachPage(
        after start: SourceCursor = SourceCursor(),
        limit: Int = MLflowSource.pageRowsMax,
        _ body: ([SourceRow]) async throws -> Void
    ) async throws {
        var last = start.key
        while true {
            try Task.checkCancellation()
            let rows = try await database.read { [table, last] in try table.page(after: last, limit: limit, on: $0) }
            guard let final = rows.last else { return }
            try await body(rows)
            guard rows.count == limit else { return }
            last = table.key(of: final)
        }
    }
}
