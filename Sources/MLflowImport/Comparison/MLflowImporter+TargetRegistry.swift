import Database
import Kernel
import Ledger
import Registry

/// The reading of the registered models that the import brought.
extension MLflowImporter {
    func readTargetRegistry(into digests: inout Digests, _ result: inout ImportReport) async throws {
        var (models, tags, aliases) = (RowDigest(), RowDigest(), RowDigest())
        try await forEachBrought(.registeredModel) { names in
            let found = try await target.database.read { [registry = target.registry] connection in
                try registry.models(names, on: connection)
            }
            for model in found {
                models.add(
                    CanonicalRow(
                        model: model.name,
                        createdAt: model.createdAt,
                        updatedAt: model.updatedAt,
                        description: model.description
                    )
                )
                for tag in model.tags { tags.add(CanonicalRow(model.name, tag)) }
                for alias in model.aliases { aliases.add(CanonicalRow(model.name, alias)) }
            }
        }
        digests[.registeredModels] = models
        digests[.registeredModelTags] = tags
        digests[.aliases] = aliases
        try await readTargetVersions(into: &digests, &result)
    }

    private func readTargetVersions(into digests: inout Digests, _ result: inout ImportReport) async throws {
        var (versions, tags) = (RowDigest(), RowDigest())
        var reasons: [String: Int] = [:]
        try await forEachBrought(.version) { ids in
            let found = try await target.database.read { [registry = target.registry] connection in
                try ids.compactMap { id -> ModelVersion? in
                    guard let slash = id.lastIndex(of: "/"), let number = Int(id[slash...].dropFirst()) else {
                        return nil
                    }
                    return try registry.version(String(id[..<slash]), number, on: connection)
                }
            }
            for version in found {
                versions.add(CanonicalRow(version))
                for tag in version.tags { tags.add(CanonicalRow(version.subject.id, tag)) }
                switch version.pin {
                case .pinned: break
                case .pending: result.pendingPins += 1
                case .unpinned(let reason): reasons[reason, default: 0] += 1
                }
            }
        }
        digests[.versions] = versions
        digests[.versionTags] = tags
        result.unpinned = reasons.sorted { $0.key < $1.key }.map { (reason: $0.key, count: $0.value) }
    }
}
