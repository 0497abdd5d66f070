import Database
import Kernel
import Ledger
import ObjectStore
import Registry
import TestSupport
import Testing
import Tracking

@Suite("The files of a version are protected")
struct FileProtectionTests {
    private static let message =
        ": Model Version (name=m, version=1) was registered with it. To free the file, delete that version first."

    /// A run with a folder of `MLmodel` and `data/b.bin`, registered as `m/1`.
    private struct Registered {
        let run: Run
        /// The run's folder of artifacts.
        var root: String { "0/\(run.id)/artifacts" }
        /// The model's folder.
        var folder: String { root + "/model" }

        init(_ world: RegistryWorld) async throws {
            run = try await world.makeRun()
            try await world.put("b", at: run.artifactURI + "/model/data/b.bin")
            try await world.put("m", at: run.artifactURI + "/model/MLmodel")
            try await world.makeModel("m")
            try await register("m", in: world)
        }

        /// Registers the folder once more.
        func register(_ name: String, _ path: String = "/model", in world: RegistryWorld) async throws {
            let version = try await world.makeVersion(name, source: run.artifactURI + path, runID: run.id)
            guard case .pinned = version.pin else {
                Issue.record("not pinned: \(version.pin)")
                return
            }
        }
    }

    private func overwriting(_ key: String, _ text: String, _ world: RegistryWorld) async -> String {
        await refusal {
            let (key, digest) = (try ObjectKey(key), ContentDigest(of: text.utf8))
            try await world.database.read { try world.registry.checkOverwriting(key, with: digest, on: $0) }
        }
    }

    private func deleting(_ key: String, _ world: RegistryWorld) async -> String {
        await refusal {
            let key = try ObjectKey(key)
            try await world.database.read { try world.registry.checkDeleting(key, on: $0) }
        }
    }

    @Test("from other content, not from the same, and what lies beside is free", arguments: DatabaseBackend.allCases)
    func overwriting(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let registered = try await Registered(world)
            let (folder, root) = (registered.folder, registered.root)
            for key in ["\(folder)/MLmodel", "\(folder)/data/b.bin", "\(folder)/data/%62.bin", "\(folder)/./MLmodel"] {
                let name = try ObjectKey(key).description
                #expect(
                    await overwriting(key, "other", world)
                        == "RESOURCE_CONFLICT: '\(name)' can't be overwritten with other content\(Self.message)"
                )
            }
            #expect(await overwriting("\(folder)/MLmodel", "m", world) == "nothing was refused")
            for key in [
                "\(folder)/new", "\(folder)/data/c", "\(root)/MLmodel", "\(root)/model2/MLmodel", "x",
                "2/\(folder)/MLmodel", "\(folder)/MLMODEL",
            ] {
                #expect(await overwriting(key, "other", world) == "nothing was refused", "\(key)")
            }
        }
    }

    @Test("from deletion, with every folder that holds one", arguments: DatabaseBackend.allCases)
    func deleting(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let registered = try await Registered(world)
            let (folder, root) = (registered.folder, registered.root)
            for key in ["\(folder)/MLmodel", "\(folder)/data/b.bin"] {
                #expect(
                    await deleting(key, world) == "RESOURCE_CONFLICT: '\(key)' can't be deleted\(Self.message)"
                )
            }
            for (key, file) in [
                ("0", "MLmodel"), ("0/\(registered.run.id)", "MLmodel"), (root, "MLmodel"), (folder, "MLmodel"),
                ("\(folder)/data", "data/b.bin"),
            ] {
                #expect(
                    await deleting(key, world)
                        == "RESOURCE_CONFLICT: '\(key)' can't be deleted, for '\(folder)/\(file)' is in it"
                        + Self.message
                )
            }
            for key in [
                "1", "\(root)/mode", "\(root)/model2", "\(root)/model-1", "\(folder)/dat",
                "\(folder)/data/b", "\(folder)/data/b.bin/c", "run", "artifacts/model/MLmodel",
            ] {
                #expect(await deleting(key, world) == "nothing was refused", "\(key)")
            }
        }
    }

    @Test("as long as one version needs them, under any name of its model", arguments: DatabaseBackend.allCases)
    func freed(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let registered = try await Registered(world)
            let key = registered.folder + "/MLmodel"
            try await registered.register("m", "//mo%64el/", in: world)
            _ = try await world.registry.renameModel("m", to: "n", by: world.actor)
            #expect(await deleting(key, world).contains("(name=n, version=1)"))
            try await world.registry.deleteVersion("n", 1, by: world.actor)
            #expect(await deleting(key, world).contains("(name=n, version=2)"))
            #expect(await overwriting(key, "other", world).contains("(name=n, version=2)"))
            try await world.registry.deleteVersion("n", 2, by: world.actor)
            #expect(await deleting(key, world) == "nothing was refused")
            #expect(await overwriting(key, "other", world) == "nothing was refused")
            try await registered.register("n", in: world)
            #expect(await deleting("0", world).contains("(name=n, version=3)"))
            try await world.registry.deleteModel("n", by: world.actor)
            #expect(await deleting("0", world) == "nothing was refused")
        }
    }

    @Test("and the refusal says who uses the version", arguments: DatabaseBackend.allCases)
    func used(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let key = try await Registered(world).folder + "/MLmodel"
            _ = try await world.database.write { connection in
                try InUseStore.add(
                    ModelVersion.subject("m", 1),
                    heldBy: Subject("endpoint", "churn"),
                    on: connection
                )
            }
            #expect(
                await deleting(key, world)
                    == "RESOURCE_CONFLICT: '\(key)' can't be deleted: Model Version (name=m,"
                    + " version=1) was registered with it, which endpoint 'churn' uses. To free the file, undeploy and"
                    + " delete that version first."
            )
        }
    }

    @Test("also when they were registered before folders were noted", arguments: DatabaseBackend.allCases)
    func older(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            _ = try await Registered(world)
            try await world.makeVersion("m", source: "s3://bucket/model")
            _ = try await world.database.write { try $0.execute("UPDATE model_versions SET artifact_folder = NULL") }
            #expect(await deleting("0", world) == "nothing was refused")
            try await world.registry.noteFoldersOfOlderVersions()
            #expect(await deleting("0", world).hasPrefix("RESOURCE_CONFLICT"))
        }
    }
}
