import Artifacts
import Database
import Kernel
import ObjectStore
import Tracking

/// The reading of artifacts on both sides: every file, with its size and the SHA-256 of its bytes.
extension MLflowImporter {
    private static let foldersAtOnce = 100

    /// Digests MLflow's files, and counts the folders that are not taken over; without the bytes in a plan.
    func readArtifacts(into digests: inout Digests, _ result: inout ImportReport) async throws {
        var digest = RowDigest()
        var inPlace: [String: Int] = [:]
        for owners in artifactOwners {
            let reader = SourceReader(database: source.database, table: owners.table)
            try await reader.forEachPage(limit: Self.foldersAtOnce) { rows in
                for row in rows {
                    let uri = try row.text(owners.column)
                    do {
                        guard let folder = try artifactFolder(of: row, owners) else {
                            // A trace may have no files at all.
                            guard !uri.isEmpty else { continue }
                            let root = source.places.root(uri)
                            if root == "mlflow-artifacts:" {
                                result.unfoundFolders += 1
                            } else {
                                inPlace[root, default: 0] += 1
                            }
                            continue
                        }
                        for row in try await files(of: folder, &result) { digest.add(row) }
                    } catch let refused as RefusedFolder {
                        result.refusedFiles.append(refused.description)
                        // It is a difference, for nothing of it is on the other side.
                        digest.add(CanonicalRow(file: uri, sizeBytes: 0, ContentDigest(hexadecimal: "")))
                    }
                    report(Progress(step: "comparing \(ImportKind.artifacts.rawValue)", count: digest.count))
                }
            }
        }
        digests[.artifacts] = digest
        result.leftInPlace = inPlace.sorted { $0.key < $1.key }.map { (root: $0.key, count: $0.value) }
    }

    private func files(of folder: ArtifactFolder, _ result: inout ImportReport) async throws -> [CanonicalRow] {
        let contents = try await RefusedFolder.unlessListed(folder.source.path) {
            var contents = try await folder.source.contents()
            contents.files.removeAll { !folder.takes($0.path) }
            return contents
        }
        let unnamed = contents.files.filter { folder.key(of: $0) == nil }.map(\.path)
        result.refusedFiles += (contents.leftOut + unnamed).map { "\(folder.source.path)/\($0)" }
        var rows: [CanonicalRow] = []
        for file in contents.files {
            let isPlan = result.isPlan
            let digest = isPlan ? ContentDigest(hexadecimal: "") : try await folder.source.digest(of: file)
            rows.append(
                CanonicalRow(file: "\(folder.target)/\(file.path)", sizeBytes: file.sizeBytes, digest)
            )
        }
        return rows
    }

    /// Digests the files in Martlet's store of what the import brought, where its artifacts were taken over.
    func readTargetArtifacts(into digests: inout Digests, _ result: inout ImportReport) async throws {
        var digest = RowDigest()
        for owners in artifactOwners {
            let reader = SourceReader(database: source.database, table: owners.table)
            try await reader.forEachPage(limit: Self.foldersAtOnce) { rows in
                for row in rows {
                    do {
                        guard let folder = try artifactFolder(of: row, owners) else { continue }
                        for row in try await targetFiles(of: folder) { digest.add(row) }
                    } catch let refused as RefusedFolder {
                        guard !result.refusedFiles.contains(refused.description) else { continue }
                        result.refusedFiles.append(refused.description)
                    }
                }
            }
        }
        digests[.artifacts] = digest
    }

    private func targetFiles(of folder: ArtifactFolder) async throws -> [CanonicalRow] {
        var rows: [CanonicalRow] = []
        for entry in try await list(folder) where !entry.isDirectory && folder.takes(entry.name) {
            let file = ForeignFolder.File(path: entry.name, sizeBytes: entry.size ?? 0)
            guard let key = folder.key(of: file) else { continue }
            let found = try await target.artifacts.objects.digest(of: key).digest
            rows.append(CanonicalRow(file: "\(folder.target)/\(file.path)", sizeBytes: file.sizeBytes, found))
        }
        return rows
    }
}
