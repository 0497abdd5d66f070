import Artifacts
import Database
import Kernel
import ObjectStore
import Registry
import TestSupport
import Testing
import Tracking

@Suite("A version is pinned")
struct PinTests {
    @Test("to the files that it has when it is registered", arguments: DatabaseBackend.allCases)
    func pinned(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            let folder = run.artifactURI + "/model"
            try await world.put("b", at: folder + "/data/b.bin")
            try await world.put("flavors: {}", at: folder + "/MLmodel")
            try await world.put("beside", at: run.artifactURI + "/model2/other")
            try await world.makeModel("m")
            let version = try await world.makeVersion("m", source: folder, runID: run.id)
            let files = try await world.registry.pinnedFiles(of: version)
            #expect(files.map(\.path) == ["MLmodel", "data/b.bin"])
            #expect(files.map(\.sizeBytes) == [11, 1])
            #expect(files.map(\.digest) == [ContentDigest(of: "flavors: {}".utf8), ContentDigest(of: "b".utf8)])
            let manifest = """
                [["MLmodel",11,"\(files[0].digest.hexadecimal)"],["data/b.bin",1,"\(files[1].digest.hexadecimal)"]]
                """
            #expect(version.pin == .pinned(ContentDigest(of: manifest.utf8)))
            try await world.put("changed", at: folder + "/data/b.bin")
            let again = try await world.makeVersion("m", source: folder, runID: run.id)
            #expect(again.pin != version.pin)
            #expect(try await world.registry.version("m", .number(1)).pin == version.pin)
            #expect(try await world.registry.pinnedFiles(of: version) == files)
        }
    }

    @Test("through every way to name its folder", arguments: DatabaseBackend.allCases)
    func sources(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            let logged = try await world.makeLoggedModel(by: run)
            try await world.put("x", at: logged.artifactURI + "/MLmodel")
            try await world.put("x", at: run.artifactURI + "/a/MLmodel")
            try await world.makeModel("m")
            let versions = [
                try await world.makeVersion("m", source: "models:/\(logged.id)", loggedModelID: logged.id),
                try await world.makeVersion("m", source: "runs:/\(run.id)/a", runID: run.id),
                try await world.makeVersion("m", source: run.artifactURI + "/a/", runID: run.id),
                try await world.makeVersion("m", source: "models:/m/2"),
            ]
            #expect(Set(versions.map(\.pin)).count == 1)
            let key = try await world.registry.folder(of: versions[2]).key(of: "MLmodel")
            #expect(key.description == "0/\(run.id)/artifacts/a/MLmodel")
        }
    }

    @Test("or says why not, and is registered all the same", arguments: DatabaseBackend.allCases)
    func unpinned(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            try await world.makeModel("m")
            let elsewhere = try await world.makeVersion("m", source: "s3://bucket/model")
            #expect(
                elsewhere.pin
                    == .unpinned(
                        reason: "its files are neither in the artifact storage of this server nor below a root that it"
                            + " may read (--artifact-roots)"
                    )
            )
            let unknown = try await world.makeVersion("m", source: "dbfs:/bucket/model")
            #expect(unknown.pin == .unpinned(reason: "its files are not in the artifact storage of this server"))
            let empty = try await world.makeVersion("m", source: run.artifactURI + "/none", runID: run.id)
            #expect(empty.pin == .unpinned(reason: "there were no files when they were read"))
            #expect(try await world.registry.pinnedFiles(of: empty).isEmpty)
            #expect(
                await refusal { _ = try await world.registry.folder(of: elsewhere) }
                    == "INVALID_PARAMETER_VALUE: The files of Model Version (name=m, version=1) are not in the artifact"
                    + " storage of this server; register a version whose source is."
            )
            #expect(
                await refusal { _ = try await world.registry.folder(of: empty).key(of: "../../secret") }
                    == "INVALID_PARAMETER_VALUE: Invalid path"
            )
        }
    }

    @Test("later, when the storage can't be reached now", arguments: DatabaseBackend.allCases)
    func unreachable(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await withTemporaryFolder { folder in
                let run = try await world.makeRun()
                try await world.put("x", at: run.artifactURI + "/model/MLmodel")
                try await world.makeModel("m")
                let away = S3ObjectStore(
                    location: try S3Location(uri: "s3://away", environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:1"]),
                    credentials: AWSCredentials(accessKeyID: "x", secretAccessKey: "y"),
                    cache: try ObjectCache(folder: folder),
                    clock: world.clock.clock
                )
                let registry = RegistryService(
                    database: world.database,
                    tracking: world.tracking,
                    artifacts: ArtifactService(objects: away, database: world.database, clock: world.clock.clock),
                    activities: world.activities,
                    clock: world.clock.clock
                )
                let new = NewModelVersion(modelName: "m", source: run.artifactURI + "/model", runID: run.id)
                #expect(try await registry.createVersion(new, by: world.actor).pin.state == "pending")
                try await world.registry.pin("m", 1)
                #expect(try await world.registry.version("m", .number(1)).pin.state == "pinned")
            }
        }
    }

    @Test("to no file that is being replaced or removed while it is read again", arguments: DatabaseBackend.allCases)
    func readAgain(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            let folder = run.artifactURI + "/model"
            try await world.makeModel("m")
            #expect(try await world.makeVersion("m", source: folder, runID: run.id).pin.state == "failed")
            try await world.upload("old", at: folder + "/MLmodel")
            let vain = FilePin.pending(problem: "a file was replaced or removed while it was read")
            _ = try await world.registry.requestPin(of: "m", 1, by: world.actor)
            try await world.upload("new", at: folder + "/MLmodel") { moment, _ in
                guard moment == .beforeAppearance else { return }
                try await world.registry.pin("m", 1)
                #expect(try await world.registry.version("m", .number(1)).pin == vain)
            }
            let removed = try ObjectKey("0/\(run.id)/artifacts")
            try await world.database.write { connection in
                try ArtifactRemovals.request([removed], at: world.clock.now(), on: connection)
            }
            try await world.registry.pin("m", 1)
            #expect(try await world.registry.version("m", .number(1)).pin == vain)
            #expect(try await world.registry.versionsToPin(limit: 10).isEmpty)
            try await world.database.write { try ArtifactRemovals.withdraw([removed], on: $0) }
            world.clock.advance(byMilliseconds: 10_000)
            #expect(try await world.registry.versionsToPin(limit: 10).count == 1)
            try await world.registry.pin("m", 1)
            let pinned = try await world.registry.version("m", .number(1))
            #expect(try await world.registry.pinnedFiles(of: pinned).map(\.digest) == [ContentDigest(of: "new".utf8)])
            let actions = try await world.trace(of: pinned.subject).map { $0.split(separator: " ")[0] }
            #expect(actions == ["model_version.created", "model_version.pin_requested", "model_version.pinned"])
        }
    }

    @Test("to no file that was replaced while an import took it in", arguments: DatabaseBackend.allCases)
    func takenIn(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            try await world.makeModel("m")
            let source = run.artifactURI + "/model"
            let known = AdmittedVersion(modelName: "m", number: 1, source: source, downloadURI: source)
            let new = AdmittedVersion(modelName: "m", number: 2, source: source, downloadURI: source)
            #expect(try await world.makeVersion("m", source: source, runID: run.id).pin.state == "failed")
            try await world.upload("old", at: source + "/MLmodel")
            let prepared = try await world.registry.prepare([known, new])
            #expect(prepared.map(\.modelVersion.pin.state) == ["pinned", "pinned"])
            try await world.upload("new", at: source + "/MLmodel")
            try await world.database.write { try world.registry.admit(prepared, on: $0) }
            #expect(try await world.registry.versionsToPin(limit: 10).map(\.number) == [2, 1])
            for number in [1, 2] {
                let waiting = try await world.registry.version("m", .number(number))
                #expect(waiting.pin.state == "pending")
                #expect(try await world.registry.pinnedFiles(of: waiting).isEmpty)
                try await world.registry.pin("m", number)
                let files = try await world.registry.pinnedFiles(of: waiting)
                #expect(files.map(\.digest) == [ContentDigest(of: "new".utf8)])
            }
        }
    }

    @Test("whose MLmodel is read, unless it has changed since", arguments: DatabaseBackend.allCases)
    func document(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            let folder = run.artifactURI + "/model"
            try await world.makeModel("m")
            let without = try await world.makeVersion("m", source: folder, runID: run.id)
            #expect(
                await refusal { _ = try await world.registry.model(of: without) }
                    .hasPrefix("RESOURCE_DOES_NOT_EXIST: No such artifact")
            )
            try await world.put("flavors: {onnx: {data: net.onnx}}", at: folder + "/MLmodel")
            let version = try await world.makeVersion("m", source: folder, runID: run.id)
            #expect(try await world.registry.model(of: version).onnxFile == "net.onnx")
            try await world.put("flavors: {onnx: {data: evil.onnx}}", at: folder + "/MLmodel")
            #expect(
                await refusal { _ = try await world.registry.model(of: version) }
                    == "RESOURCE_CONFLICT: The file MLmodel of Model Version (name=m, version=2) has changed since it was"
                    + " registered."
            )
        }
    }
}
