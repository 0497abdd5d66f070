import Database
import Kernel
import Ledger
import ObjectStore
import Tracking

/// The SQL of the question which versions came of runs, logged models and files. Versions that are deleted need none.
enum OriginStore {
    /// A version that needs something: what that is called, and the version.
    typealias Need = (of: String, version: Subject)

    static func versions(ofRuns runs: [String], on connection: any SQLConnection) throws -> [Need] {
        guard !runs.isEmpty else { return [] }
        return try connection.query(
            "SELECT run_id, name, number FROM model_versions WHERE is_deleted = 0 AND run_id IN ("
                + .parameters(from: 1, count: runs.count) + ") ORDER BY 1, 2, 3",
            runs.map { .text($0) },
            need
        )
    }

    static func versions(ofLoggedModels models: [String], on connection: any SQLConnection) throws -> [Need] {
        guard !models.isEmpty else { return [] }
        return try connection.query(
            "SELECT logged_model_id, name, number FROM model_versions WHERE is_deleted = 0 AND logged_model_id IN ("
                + .parameters(from: 1, count: models.count) + ") ORDER BY 1, 2, 3",
            models.map { .text($0) },
            need
        )
    }

    /// Versions whose folder is one of `folders` or lies below it, and those above it with a file there; of a version
    /// whose files were never listed, all files count.
    static func versions(ofFolders folders: [ObjectKey], on connection: any SQLConnection) throws -> [Need] {
        guard !folders.isEmpty else { return [] }
        let rows = folders.indices.map { "(" + SQLText.parameter($0 + 1) + ")" }
        let below = try connection.query(
            "SELECT p.column1, v.name, v.number FROM (VALUES " + rows.joined(separator: ", ")
                + """
                ) p JOIN model_versions v ON v.is_deleted = 0 AND v.artifact_folder >= p.column1
                    AND v.artifact_folder < p.column1 || '0'
                    AND (v.artifact_folder = p.column1 OR v.artifact_folder > p.column1 || '/')
                ORDER BY 1, 2, 3
                """,
            folders.map { .text($0.description) },
            need
        )
        return try below + above(folders, on: connection)
    }

    private static func above(_ folders: [ObjectKey], on connection: any SQLConnection) throws -> [Need] {
        var parameters: [SQLValue] = []
        for folder in folders {
            for count in 1..<max(1, folder.segments.count) {
                parameters.append(.text(folder.description))
                parameters.append(.text(folder.segments[..<count].joined(separator: "/")))
                parameters.append(.text(folder.segments[count...].joined(separator: "/")))
            }
        }
        guard !parameters.isEmpty else { return [] }
        let rows = stride(from: 1, to: parameters.count, by: 3).map {
            "(" + SQLText.parameters(from: $0, count: 3) + ")"
        }
        return try connection.query(
            "SELECT p.column1, v.name, v.number FROM (VALUES " + rows.joined(separator: ", ")
                + """
                ) p JOIN model_versions v ON v.is_deleted = 0 AND v.artifact_folder = p.column2
                WHERE v.pin_digest IS NULL OR EXISTS (
                    SELECT 1 FROM model_version_files f WHERE f.name = v.name AND f.number = v.number
                        AND (f.path = p.column3
                            OR (f.path COLLATE "C" > p.column3 || '/' AND f.path COLLATE "C" < p.column3 || '0'))
                ) ORDER BY 1, 2, 3
                """,
            parameters,
            need
        )
    }

    private static func need(_ row: borrowing SQLRow) throws -> Need {
        (try row.text(0), ModelVersion.subject(try row.text(1), Int(try row.integer(2))))
    }
}
