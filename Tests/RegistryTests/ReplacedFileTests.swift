import Artifacts
import Database
import Kernel
import ObjectStore
import Registry
import TestSupport
import Testing
import Tracking

@Suite("No version is registered with a file", .timeLimit(.minutes(1)))
struct ReplacedFileTests {
    /// A run with a folder of a model, and what would register it.
    private struct Folder {
        let world: RegistryWorld
        let run: Run

        init(_ world: RegistryWorld) async throws {
            self.world = world
            run = try await world.makeRun()
            try await world.makeModel("m")
        }

        var key: ObjectKey {
            get throws { try ObjectKey("0/\(run.id)/artifacts/model/MLmodel") }
        }

        func register() async throws -> ModelVersion {
            try await world.makeVersion("m", source: run.artifactURI + "/model", runID: run.id)
        }

        func expectRefusal(_ sourceLocation: SourceLocation = #_sourceLocation) async {
            let told = await refusal { _ = try await register() }
            let expected = "TEMPORARILY_UNAVAILABLE: A file of the version was replaced"
            #expect(told.hasPrefix(expected), "\(told)", sourceLocation: sourceLocation)
        }

        /// Uploads `text`, and does `meanwhile` once it was compared with the pins and before it appears.
        func put(_ text: String, _ meanwhile: @escaping @Sendable () async throws -> Void = {}) async throws {
            try await world.upload(text, at: run.artifactURI + "/model/MLmodel") { moment, _ in
                if moment == .beforeAppearance { try await meanwhile() }
            }
        }
    }

    @Test("that is just being replaced", arguments: DatabaseBackend.allCases)
    func replaced(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let folder = try await Folder(world)
            try await folder.put("old")
            let first = try await folder.register()
            try await world.registry.deleteVersion("m", 1, by: world.actor)
            // The comparison is made, and the new content not there yet.
            try await folder.put("new") { await folder.expectRefusal() }
            let second = try await folder.register()
            #expect(second.pin != first.pin)
            // One that fails leaves the way free, and one that crashed does after a while.
            try await world.registry.deleteVersion("m", second.number, by: world.actor)
            await #expect(throws: CancellationError.self) {
                try await folder.put("newer") { throw CancellationError() }
            }
            #expect(try await folder.register().pin == second.pin)
            let key = try folder.key
            _ = try await world.database.write { connection in
                try connection.execute(
                    "INSERT INTO artifact_replacements (id, key, seen_at, is_contested) VALUES ('x', $1, $2, 0)",
                    [.text(key.description), .integer(world.clock.now().milliseconds)]
                )
            }
            await folder.expectRefusal()
            world.clock.advance(byMilliseconds: 180_000)
            #expect(try await folder.register().pin == second.pin)
        }
    }

    @Test(
        "of which nothing, or the same, was recorded when its upload began",
        arguments: DatabaseBackend.allCases,
        [false, true]
    )
    func overtaken(backend: DatabaseBackend, isSame: Bool) async throws {
        try await withRegistry(backend) { world in
            let folder = try await Folder(world)
            if isSame { try await folder.put("slow") }
            try await folder.put("slow") {
                try await folder.put("fast")
                await folder.expectRefusal()
            }
            let version = try await folder.register()
            #expect(
                try await world.registry.pinnedFiles(of: version).map(\.digest) == [ContentDigest(of: "slow".utf8)]
            )
        }
    }

    @Test("that is just being deleted, alone or with its folder", arguments: DatabaseBackend.allCases)
    func deleted(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let folder = try await Folder(world)
            for key in [try folder.key, try folder.key.parent, try folder.key.parent.parent] {
                try await folder.put("old")
                let held = world.held { moment, _ in
                    if moment == .beforeDeletion { await folder.expectRefusal() }
                }
                try await held.delete(key) { [registry = world.registry] in try registry.checkDeleting(key, on: $0) }
                #expect(try await !world.artifacts.exists(folder.key))
            }
        }
    }
}
