import Database
import Kernel
import Ledger
import Registry
import TestSupport
import Testing
import Tracking

@Suite("A change in the registry leaves a trace")
struct TraceTests {
    @Test("of a registered model", arguments: DatabaseBackend.allCases)
    func models(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m")
            _ = try await world.registry.updateModel("m", description: "d", by: .local)
            try await world.registry.setModelTag("m", Tag(key: "k", value: "v"), by: .local)
            try await world.registry.deleteModelTag("m", key: "k", by: .local)
            try await world.registry.deleteModelTag("m", key: "k", by: .local)
            _ = try await world.registry.renameModel("m", to: "n", by: .local)
            try await world.registry.deleteModel("n", by: .local)
            #expect(
                try await world.trace(of: Subject("registered_model", "m")) == [
                    "registered_model.created {}", #"registered_model.updated {"changed":"description"}"#,
                    #"registered_model.updated {"tag_set":"k","value":"v"}"#,
                    #"registered_model.updated {"tag_deleted":"k"}"#,
                ]
            )
            #expect(
                try await world.trace(of: Subject("registered_model", "n")) == [
                    #"registered_model.renamed {"from":"m","to":"n"}"#, "registered_model.deleted {}",
                ]
            )
            let activities = try await world.activities.activities(after: 0, limit: 100)
            #expect(activities.first { $0.action == "registered_model.created" }?.actor == world.actor)
            #expect(activities.first { $0.action == "registered_model.created" }?.topics == ["models", "model:m"])
        }
    }

    @Test("of a version", arguments: DatabaseBackend.allCases)
    func versions(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2)
            let registry = world.registry
            _ = try await registry.transition("m", 1, to: .production, archivingOthers: false, by: .local)
            _ = try await registry.transition("m", 2, to: .production, archivingOthers: true, by: .local)
            try await registry.setAlias("m", "a", to: 1, by: .local)
            try await registry.setAlias("m", "a", to: 2, by: .local)
            try await registry.deleteAlias("m", "a", by: .local)
            try await registry.deleteVersion("m", 1, by: .local)
            let unpinned =
                "unpinned: its files are neither in the artifact storage of this server nor below a root that it may read"
                + " (--artifact-roots)"
            #expect(
                try await world.trace(of: ModelVersion.subject("m", 1)) == [
                    #"model_version.created {"pin":"\#(unpinned)","source":"s3://bucket/model"}"#,
                    #"model_version.transitioned {"from":"None","to":"Production"}"#,
                    #"model_version.transitioned {"from":"Production","replaced_by":2,"to":"Archived"}"#,
                    #"model_version.alias_set {"alias":"a"}"#, "model_version.deleted {}",
                ]
            )
            #expect(
                try await world.trace(of: ModelVersion.subject("m", 2)).dropFirst() == [
                    #"model_version.transitioned {"archived":[1],"from":"None","to":"Production"}"#,
                    #"model_version.alias_set {"alias":"a","moved_from":1}"#,
                    #"model_version.alias_deleted {"alias":"a"}"#,
                ]
            )
        }
    }

    @Test("and none when it is refused", arguments: DatabaseBackend.allCases)
    func refused(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m")
            _ = await refusal { try await world.makeModel("m") }
            _ = await refusal { try await world.registry.deleteVersion("m", 1, by: .local) }
            #expect(try await world.trace(of: Subject("registered_model", "m")) == ["registered_model.created {}"])
            #expect(try await world.trace(of: ModelVersion.subject("m", 1)).isEmpty)
        }
    }

    @Test("in lineage, which a new name doesn't cut", arguments: DatabaseBackend.allCases)
    func lineage(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            let logged = try await world.makeLoggedModel(by: run)
            try await world.makeModel("m")
            try await world.makeVersion("m", source: "models:/\(logged.id)", loggedModelID: logged.id)
            _ = try await world.registry.renameModel("m", to: "n", by: .local)
            let edges = try await world.database.read { connection in
                try connection.query(
                    "SELECT from_kind, from_id, relation, to_id FROM lineage_edges WHERE to_kind = 'model_version'",
                    []
                ) { row in try (0..<4).map { try row.text($0) }.joined(separator: " ") }
            }
            // Nothing stays under the old name, which another model may take.
            let expected = ["run \(run.id) produced n/1", "logged_model \(logged.id) registered_as n/1"]
            #expect(Set(edges) == Set(expected) && edges.count == 2)
        }
    }
}

@Suite("A version in use stays")
struct InUseTests {
    @Test("with its model and its name", arguments: DatabaseBackend.allCases)
    func inUse(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2)
            try await world.makeModel("m2", versions: 1)
            let endpoint = Subject("endpoint", "churn")
            try await world.database.write { connection in
                try InUseStore.add(ModelVersion.subject("m", 2), heldBy: endpoint, on: connection)
            }
            let registry = world.registry
            #expect(
                await refusal { try await registry.deleteVersion("m", 2, by: .local) }
                    == "RESOURCE_CONFLICT: Model Version (name=m, version=2) can't be deleted while endpoint 'churn' uses"
                    + " it; undeploy that first."
            )
            #expect(
                await refusal { try await registry.deleteModel("m", by: .local) }
                    == "RESOURCE_CONFLICT: Registered Model with name=m can't be deleted while endpoint 'churn' uses its"
                    + " version 2; undeploy that first."
            )
            #expect(
                await refusal { _ = try await registry.renameModel("m", to: "x", by: .local) }
                    == "RESOURCE_CONFLICT: Registered Model with name=m can't be renamed while endpoint 'churn' uses its"
                    + " version 2; undeploy that first."
            )
            try await registry.deleteVersion("m", 1, by: .local)
            try await registry.deleteModel("m2", by: .local)
            try await world.database.write { connection in
                try InUseStore.remove(ModelVersion.subject("m", 2), heldBy: endpoint, on: connection)
            }
            try await registry.deleteModel("m", by: .local)
        }
    }
}
