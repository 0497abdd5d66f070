import Foundation
import Kernel
import ObjectStore
import Registry
import Serving
import TestSupport
import Testing
import Tracking

@Suite("A deployment of a version whose files others keep", .serialized)
struct BackgroundPinTests {
    private func withRoot(
        _ backend: DatabaseBackend,
        _ test: (ServingWorld, _ folder: URL) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let folders = OutsideFolders()
            let root = try #require(OutsideRoot(folder) { try await folders.store(in: folder, isStrict: true) })
            try await withServing(backend, outside: OutsideSources([root])) { world in
                let run = try await world.makeRun(below: folder)
                let model = URL(filePath: run.artifactURI)
                try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
                try Data(ServingWorld.document().utf8).write(to: model.appending(path: "MLmodel"))
                try Fixture.bytes("gbdt.onnx").write(to: model.appending(path: "model.onnx"))
                try await world.registerVersion("scores", source: run.artifactURI, runID: run.id)
                try await test(world, model)
            }
        }
    }

    @Test("waits for the pin and serves", arguments: DatabaseBackend.allCases)
    func waits(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, _ in
            let service = try world.makeService()
            async let endpoint = service.deploy("scores", .number(1), by: world.actor)
            try await world.registry.pin("scores", 1)
            #expect(try await endpoint.state == .ready)
            let restarted = try world.makeService()
            try await restarted.restore()
            #expect(try restarted.endpoint("scores").endpoint.state == .ready)
        }
    }

    @Test("holds up no other while it waits for the pin", arguments: DatabaseBackend.allCases)
    func beside(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, _ in
            try await world.register("own", fixture: "gbdt")
            let service = try world.makeService(pinWaitMax: .seconds(60))
            async let waiting = service.deploy("scores", .number(1), by: world.actor)
            let start = ContinuousClock.now
            // The first may come before the one that waits; were that in its turn, the others would wait a minute.
            for _ in 0..<3 {
                #expect(try await service.deploy("own", .number(1), by: world.actor).state == .ready)
            }
            #expect(ContinuousClock.now - start < .seconds(20))
            try await world.registry.pin("scores", 1)
            #expect(try await waiting.state == .ready)
        }
    }

    @Test("is put off while the pin is not there", arguments: DatabaseBackend.allCases)
    func postponed(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, _ in
            let service = try world.makeService(pinWaitMax: .milliseconds(50))
            let told = await refusal { _ = try await service.deploy("scores", .number(1), by: world.actor) }
            #expect(told.hasPrefix("TEMPORARILY_UNAVAILABLE: Model Version (name=scores, version=1) can't be deployed"))
            #expect(told.hasSuffix("Try again."))
        }
    }

    @Test("is refused when the pin failed, with the reason, and when a file has changed since")
    func refused() async throws {
        try await withRoot(.sqlite) { world, model in
            let service = try world.makeService()
            try await world.registry.pin("scores", 1)
            var bytes = Array(try Fixture.bytes("gbdt.onnx"))
            bytes[bytes.count / 2] ^= 1
            try Data(bytes).write(to: model.appending(path: "model.onnx"))
            let changed = await refusal { _ = try await service.deploy("scores", .number(1), by: world.actor) }
            #expect(changed.hasPrefix("RESOURCE_CONFLICT: The file model.onnx of Model Version"))
            try FileManager.default.removeItem(at: model)
            try await world.registerVersion("scores", source: "models:/scores/1")
            try await world.registry.pin("scores", 2)
            let failed = await refusal { _ = try await service.deploy("scores", .number(2), by: world.actor) }
            #expect(failed.hasPrefix("INVALID_PARAMETER_VALUE: Model Version (name=scores, version=2) is not pinned: "))
            #expect(failed.contains("their folder is not there"))
        }
    }
}

extension ServingWorld {
    /// A run whose artifacts lie at `folder/RUN/artifacts`.
    fileprivate func makeRun(below folder: String) async throws -> Run {
        let experiment = try await tracking.createExperiment(named: "own", at: folder, by: actor)
        return try await tracking.createRun(NewRun(experimentID: experiment), by: actor).run
    }
}
