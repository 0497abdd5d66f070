import Database
import Kernel
import Ledger
import Registry
import Tracking

/// The copying of registered models and their versions; after the artifacts, so that versions are pinned to them.
extension MLflowImporter {
    func copyRegistry() async throws {
        let (source, registry, store) = (source, target.registry, store)
        try await copy(.registeredModels, source.tables.registeredModels) { rows in
            let models = try rows.map(source.registeredModel)
            return { connection in
                try registry.admit(models, on: connection)
                try store.note(.registeredModel, models.map(\.name), on: connection)
            }
        }
        try await copy(.registeredModelTags, source.tables.registeredModelTags) { rows in
            let tags = try rows.map(source.registeredModelTag)
            return { try registry.admitModelTags(tags, on: $0) }
        }
        try await copy(.versions, source.tables.versions) { rows in
            let versions = try await registry.prepare(try rows.map(source.version))
            return { connection in
                try registry.admit(versions, on: connection)
                try store.note(.version, versions.map { $0.modelVersion.subject.id }, on: connection)
            }
        }
        try await copy(.versionTags, source.tables.versionTags) { rows in
            let tags = try rows.map(source.versionTag)
            return { try registry.admitVersionTags(tags, on: $0) }
        }
        try await copy(.aliases, source.tables.aliases) { rows in
            let aliases = try rows.map(source.alias)
            return { try registry.admit(aliases, on: $0) }
        }
    }
}
