import Database
import Foundation
import Kernel
import Ledger
import ObjectStore
import Registry
import Synchronization
import TestSupport
import Testing
import Tracking

/// A root outside the artifact storage: a folder that may be away for a while, under a bucket's name.
private final class Root: Sendable {
    let path: String
    private let isAway = Mutex(false)
    private let interruption = Mutex<(@Sendable () async throws -> Void)?>(nil)
    private let folders = OutsideFolders()

    init(_ path: String) { self.path = path }

    var sources: OutsideSources {
        get throws {
            OutsideSources([
                try #require(OutsideRoot("s3://bucket/team") { try await self.store() }),
                try #require(OutsideRoot("file://\(path.replacing(" ", with: "%20"))") { try await self.store() }),
            ])
        }
    }

    private func store() async throws -> (any ObjectStore)? {
        try await interruption.withLock { $0.take() }?()
        guard !isAway.withLock({ $0 }) else { throw MartletError(.temporarilyUnavailable, "nobody answers") }
        return try await folders.store(in: path, isStrict: true)
    }

    /// Does something once, in the middle of the next reading.
    func meanwhile(_ body: @escaping @Sendable () async throws -> Void) { interruption.withLock { $0 = body } }

    func goAway(_ away: Bool = true) { isAway.withLock { $0 = away } }

    func write(_ text: String, to file: String) throws {
        let url = URL(filePath: "\(path)/\(file)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
    }
}

@Suite("A version whose files others keep")
struct BackgroundPinTests {
    private func withRoot(
        _ backend: DatabaseBackend,
        _ test: (RegistryWorld, Root) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let root = Root(folder + "/of clients")
            try await withRegistry(backend, outside: root.sources) { world in
                try await world.makeModel("m")
                try await test(world, root)
            }
        }
    }

    /// Reads what is due, as the background does; the version after that.
    private func settled(_ number: Int = 1, _ world: RegistryWorld) async throws -> ModelVersion {
        for due in try await world.registry.versionsToPin(limit: 10) {
            try await world.registry.pin(due.name, due.number)
        }
        return try await world.registry.version("m", .number(number))
    }

    private func reason(_ version: ModelVersion) -> String {
        if case .unpinned(let reason) = version.pin { reason } else { "it is \(version.pin.state)" }
    }

    @Test("waits for its pin and gets it by a reading in the background", arguments: DatabaseBackend.allCases)
    func pinned(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, root in
            try root.write("flavors: {onnx: {data: net.onnx}}", to: "team/model/MLmodel")
            try root.write("b", to: "team/model/data/b c.bin")
            let version = try await world.makeVersion("m", source: "s3://bucket/team/team/model")
            #expect(version.pin == .pending(problem: nil))
            #expect(try await world.registry.pinnedFiles(of: version).isEmpty)
            #expect(await refusal { _ = try await world.registry.folder(of: version) }.hasPrefix("INVALID_PARAMETER"))
            let pinned = try await settled(1, world)
            let files = try await world.registry.pinnedFiles(of: pinned)
            #expect(files.map(\.path) == ["MLmodel", "data/b c.bin"] && files.map(\.sizeBytes) == [33, 1])
            #expect(files[1].digest == ContentDigest(of: "b".utf8))
            guard case .pinned(let digest) = pinned.pin else { Issue.record("it has no pin"); return }
            #expect(try await world.registry.model(of: pinned).onnxFile == "net.onnx")
            #expect(try await world.registry.versionsToPin(limit: 10).isEmpty)
            #expect(
                try await world.trace(of: pinned.subject).map { $0.split(separator: " ")[0] }
                    == ["model_version.created", "model_version.pinned"]
            )
            try root.write("flavors: {onnx: {data: evil.onnx}}", to: "team/model/MLmodel")
            #expect(
                await refusal { _ = try await world.registry.model(of: pinned) }.hasPrefix(
                    "RESOURCE_CONFLICT: The file"
                )
            )
            try await world.registry.pin("m", 1)
            let again = try await world.registry.requestPin(of: "m", 1, by: world.actor)
            #expect(again.pin == .pinned(digest))
            let copy = try await world.makeVersion("m", source: "models:/m/1")
            #expect(copy.pin == .pending(problem: nil))
        }
    }

    @Test("in a folder of the machine, by a file URI or a path", arguments: DatabaseBackend.allCases)
    func folder(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, root in
            try root.write("x", to: "0/model/MLmodel")
            let uri = "file://\(root.path.replacing(" ", with: "%20"))/0"
            let experiment = try await world.tracking.createExperiment(named: "own", at: uri, by: world.actor)
            let run = try await world.tracking.createRun(NewRun(experimentID: experiment), by: world.actor).run
            try root.write("x", to: "0/\(run.id)/artifacts/model/MLmodel")
            for source in [
                "\(run.artifactURI)/model", "runs:/\(run.id)/model",
                "\(root.path)/0/\(run.id)/artifacts/model",
            ] {
                let version = try await world.makeVersion("m", source: source, runID: run.id)
                #expect(version.pin == .pending(problem: nil), "\(source)")
                let pinned = try await settled(version.number, world)
                #expect(pinned.pin.state == "pinned", "\(reason(pinned))")
            }
        }
    }

    @Test("has none where nothing can be read, says why, and may be read again", arguments: DatabaseBackend.allCases)
    func failed(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, root in
            let gone = try await world.makeVersion("m", source: "s3://bucket/team/gone")
            #expect(reason(try await settled(gone.number, world)).contains("the root of their folder is not there"))
            try root.write("x", to: "elsewhere")
            _ = try await world.registry.requestPin(of: "m", gone.number, by: world.actor)
            #expect(reason(try await settled(gone.number, world)).contains("their folder is not there"))
            try FileManager.default.createDirectory(atPath: root.path + "/gone", withIntermediateDirectories: true)
            _ = try await world.registry.requestPin(of: "m", gone.number, by: world.actor)
            #expect(reason(try await settled(gone.number, world)) == "there were no files when they were read")
            try root.write("x", to: "gone/MLmodel")
            let asked = try await world.registry.requestPin(of: "m", gone.number, by: world.actor)
            #expect(asked.pin == .pending(problem: nil))
            #expect(try await settled(gone.number, world).pin.state == "pinned")
            let actions = try await world.trace(of: gone.subject).map { $0.split(separator: " ")[0] }
            #expect(actions.filter { $0 == "model_version.pin_failed" }.count == 3)
            #expect(actions.filter { $0 == "model_version.pin_requested" }.count == 3)
            #expect(actions.last == "model_version.pinned")
        }
    }

    @Test("is never read through a link out of the root", arguments: DatabaseBackend.allCases)
    func links(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, root in
            try root.write("secret", to: "../secret/passwd")
            try root.write("x", to: "file/MLmodel")
            try root.link("file/passwd", to: "../../secret/passwd")
            try root.write("x", to: "folder/MLmodel")
            try root.link("folder/more", to: "../../secret")
            try root.link("whole", to: "../secret")
            for (name, why) in [
                ("file", "'passwd' is a link that is not followed"),
                ("folder", "'more' is a link that is not followed"),
                ("whole", "Invalid path"), ("whole/passwd", "Invalid path"),
            ] {
                let version = try await world.makeVersion("m", source: "s3://bucket/team/\(name)")
                let told = reason(try await settled(version.number, world))
                #expect(told.contains(why), "\(name): \(told)")
            }
            // A link that stays inside is as good as the file.
            try root.write("x", to: "good/MLmodel")
            try root.link("good/copy", to: "MLmodel")
            let version = try await world.makeVersion("m", source: "s3://bucket/team/good")
            #expect(try await settled(version.number, world).pin.state == "pinned")
        }
    }

    @Test("has none where the server was not told to read", arguments: DatabaseBackend.allCases)
    func elsewhere(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, root in
            try root.write("x", to: "a/MLmodel")
            for source in ["s3://bucket/teams/a", "s3://bucket/a", "s3://other/team/a", "gs://bucket/team/a"] {
                let version = try await world.makeVersion("m", source: source)
                #expect(version.pin.state == "failed", "\(source)")
                #expect(
                    await refusal { _ = try await world.registry.requestPin(of: "m", version.number, by: world.actor) }
                        .contains("can't be pinned: its files are n"),
                    "\(source)"
                )
            }
            var new = NewModelVersion(modelName: "m", source: root.path + "/a")
            new.isKeptElsewhere = true
            let version = try await world.registry.createVersion(new, by: world.actor)
            #expect(reason(version) == "its files are on another machine")
            #expect(try await world.registry.versionsToPin(limit: 10).isEmpty)
        }
    }

    @Test("is tried again, later each time, while nobody answers", arguments: DatabaseBackend.allCases)
    func unreachable(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, root in
            try root.write("x", to: "a/MLmodel")
            root.goAway()
            try await world.makeVersion("m", source: "s3://bucket/team/a")
            #expect(try await settled(1, world).pin == .pending(problem: "nobody answers"))
            var pauses: [Int64] = []
            for _ in 0..<4 {
                var pause: Int64 = 0
                while try await world.registry.versionsToPin(limit: 10).isEmpty {
                    world.clock.advance(byMilliseconds: 250)
                    pause += 250
                }
                pauses.append(pause)
                #expect(try await settled(1, world).pin == .pending(problem: "nobody answers"))
            }
            let bounds: [ClosedRange<Int64>] = [1000...1500, 2000...2750, 4000...5250, 8000...10_250]
            #expect(zip(bounds, pauses).allSatisfy { $0.contains($1) }, "\(pauses)")
            root.goAway(false)
            _ = try await world.registry.requestPin(of: "m", 1, by: world.actor)
            #expect(try await settled(1, world).pin.state == "pinned")
        }
    }

    @Test(
        "waits for nothing once it is deleted; a model's other name takes it along",
        arguments: DatabaseBackend.allCases
    )
    func deleted(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, root in
            try root.write("x", to: "a/MLmodel")
            try await world.makeVersion("m", source: "s3://bucket/team/a")
            try await world.makeVersion("m", source: "s3://bucket/team/a")
            try await world.registry.deleteVersion("m", 1, by: world.actor)
            let due = try await world.registry.versionsToPin(limit: 10)
            #expect(due.map(\.number) == [2])
            _ = try await world.registry.renameModel("m", to: "other", by: world.actor)
            for version in due { try await world.registry.pin(version.name, version.number) }
            for version in try await world.registry.versionsToPin(limit: 10) {
                try await world.registry.pin(version.name, version.number)
            }
            #expect(try await world.registry.version("other", .number(2)).pin.state == "pinned")
        }
    }

    @Test(
        "is given nothing that was read for one before it, whose model was deleted meanwhile",
        arguments: DatabaseBackend.allCases,
        ["a", "gone", "away"]
    )
    func madeAgain(backend: DatabaseBackend, old: String) async throws {
        try await withRoot(backend) { world, root in
            try root.write("x", to: "a/MLmodel")
            try root.write("y", to: "b/MLmodel")
            try await world.makeVersion("m", source: "s3://bucket/team/\(old)")
            root.meanwhile {
                try await world.registry.deleteModel("m", by: world.actor)
                try await world.makeModel("m")
                try await world.makeVersion("m", source: "s3://bucket/team/b")
                if old == "away" { root.goAway() }
            }
            try await world.registry.pin("m", 1)
            root.goAway(false)
            let version = try await world.registry.version("m", .number(1))
            #expect(version.source == "s3://bucket/team/b" && version.pin == .pending(problem: nil))
            #expect(try await world.registry.pinnedFiles(of: version).isEmpty)
            let files = try await world.registry.pinnedFiles(of: settled(1, world))
            #expect(files.map(\.digest) == [ContentDigest(of: "y".utf8)])
        }
    }

    @Test("is waited for, and no longer than is asked", arguments: DatabaseBackend.allCases)
    func waiting(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, root in
            try root.write("x", to: "a/MLmodel")
            try await world.makeVersion("m", source: "s3://bucket/team/a")
            let start = ContinuousClock.now
            let early = try await world.registry.version("m", .number(1), waitingForPin: .milliseconds(50))
            #expect(early.pin.state == "pending" && ContinuousClock.now - start >= .milliseconds(50))
            async let awaited = world.registry.version("m", .latest, waitingForPin: .seconds(60))
            try await world.registry.pin("m", 1)
            #expect(try await awaited.pin.state == "pinned")
        }
    }

    @Test("comes from another registry and waits for its reading here", arguments: DatabaseBackend.allCases)
    func admitted(backend: DatabaseBackend) async throws {
        try await withRoot(backend) { world, root in
            try root.write("x", to: "a/MLmodel")
            let sources = ["s3://bucket/team/a", "s3://elsewhere/a", "/a/path", "dbfs:/a"]
            let versions = sources.enumerated().map { index, source in
                AdmittedVersion(modelName: "m", number: index + 1, source: source, downloadURI: source)
            }
            for _ in 0..<2 {
                let prepared = try await world.registry.prepare(versions)
                try await world.database.write { try world.registry.admit(prepared, on: $0) }
            }
            #expect(try await world.registry.version("m", .number(4)).pin.state == "failed")
            #expect(try await settled(1, world).pin.state == "pinned")
            for number in [2, 3] {
                #expect(reason(try await settled(number, world)).contains("nor below a root that it may read"))
            }
        }
    }
}
