import Database
import Foundation
import Kernel
import NIOCore
import ObjectStore
import TestSupport
import Testing

@testable import Artifacts

@Suite("The digest of an artifact")
struct DigestTests {
    @Test("is recorded with the upload and not read again", arguments: DatabaseBackend.allCases)
    func recorded(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, folder, _ in
            let key = try ObjectKey("a/%25 b")
            let stored = try await artifacts.put(key, text: "hello")
            #expect(stored.digest == ContentDigest(of: "hello".utf8))
            // Under the same inode, size and time lies something else: only who reads the file sees it.
            try overwrite("\(folder)/a/% b", "jello")
            #expect(try await artifacts.digest(of: key) == stored.digest)
            let files = try await artifacts.files(below: ObjectKey("a"), countMax: 1)
            #expect(files?.map(\.path) == ["% b"] && files?.map(\.sizeBytes) == [5])
            #expect(files?.map(\.digest) == [stored.digest])
            #expect(try await artifacts.objects.digest(of: key).digest == ContentDigest(of: "jello".utf8))
        }
    }

    @Test("is read where another object lies than was recorded, or none was", arguments: DatabaseBackend.allCases)
    func unrecorded(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, folder, _ in
            let key = try ObjectKey("a/b")
            try await artifacts.put(key, text: "old")
            try await artifacts.put(key, text: "new one")
            #expect(try await artifacts.digest(of: key) == ContentDigest(of: "new one".utf8))
            try Data("from elsewhere".utf8).write(to: URL(filePath: folder + "/a/b"))
            #expect(try await artifacts.digest(of: key) == ContentDigest(of: "from elsewhere".utf8))
            try Data("not sent".utf8).write(to: URL(filePath: folder + "/a/c"))
            #expect(
                try await artifacts.files(below: ObjectKey("a"), countMax: 2)?.map(\.digest)
                    == [ContentDigest(of: "from elsewhere".utf8), ContentDigest(of: "not sent".utf8)]
            )
            #expect(try await artifacts.files(below: ObjectKey("a"), countMax: 1) == nil)
            #expect(try await artifacts.files(below: ObjectKey("b"), countMax: 1) == [])
        }
    }

    @Test("of what a reader has open is told, and of nothing that came later", arguments: DatabaseBackend.allCases)
    func ofReader(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, folder, _ in
            let key = try ObjectKey("a/b")
            try await artifacts.put(key, text: "old")
            let reader = try await artifacts.objects.open(key)
            #expect(try await artifacts.digest(of: key, readBy: reader) == ContentDigest(of: "old".utf8))
            try await artifacts.put(key, text: "new")
            #expect(try await artifacts.digest(of: key, readBy: reader) == nil)
            try Data("newer".utf8).write(to: URL(filePath: folder + "/a/b"))
            #expect(try await artifacts.digest(of: key, readBy: reader) == nil)
        }
    }

    @Test("is forgotten with the file, the folder and nothing beside it", arguments: DatabaseBackend.allCases)
    func deleted(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, _, database in
            for name in ["a/b", "a/c/d", "a-b", "ab", "b"] { try await artifacts.put(ObjectKey(name), text: name) }
            try await artifacts.delete(ObjectKey("a"))
            try await artifacts.delete(ObjectKey("b"))
            let left = try await database.read { connection in
                try connection.query("SELECT key FROM artifact_digests ORDER BY key", []) { try $0.text(0) }
            }
            #expect(left == ["a-b", "ab"])
        }
    }

    @Test(
        "tells on request what is intact, what has changed and what was not known",
        arguments: DatabaseBackend.allCases
    )
    func checked(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, folder, _ in
            for name in ["a/same", "a/touched", "a/c/changed"] { try await artifacts.put(ObjectKey(name), text: name) }
            try Data("a/touched".utf8).write(to: URL(filePath: folder + "/a/touched"))
            try overwrite(folder + "/a/c/changed", "a/c/charged")
            try Data("unknown".utf8).write(to: URL(filePath: folder + "/a/unknown"))
            for (round, unknown) in [ArtifactCheck.State.unrecorded, .intact].enumerated() {
                let checks = try await artifacts.check(ObjectKey("a"))
                #expect(checks.map(\.key.description) == ["a/c/changed", "a/same", "a/touched", "a/unknown"])
                #expect(checks.map(\.state) == [.changed, .intact, .intact, unknown], "round \(round)")
                #expect(checks[0].digest == ContentDigest(of: "a/c/charged".utf8) && checks[0].sizeBytes == 11)
            }
            #expect(try await artifacts.check(ObjectKey("a/same")).map(\.state) == [.intact])
            let missing = await #expect(throws: MartletError.self) { try await artifacts.check(ObjectKey("nope")) }
            #expect(missing?.code == .resourceDoesNotExist)
        }
    }

    @Test("is not held against a file whose upload was cut short", arguments: DatabaseBackend.allCases)
    func cutShort(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, folder, database in
            let key = try ObjectKey("a/b")
            try await artifacts.put(key, text: "old")
            let breakable = BreakableDatabase(database)
            let cut = ArtifactService(objects: artifacts.objects, database: breakable, clock: ManualClock().clock)
            breakable.breaks { (try? String(contentsOfFile: folder + "/a/b", encoding: .utf8)) == "new" }
            await #expect(throws: BrokenDatabase.self) { try await cut.put(key, text: "new") }
            // It may go on elsewhere, as long as it has not been silent for three minutes.
            for _ in 0..<2 { #expect(try await artifacts.check(key).map(\.state) == [.unrecorded]) }
            let clock = ManualClock()
            clock.advance(byMilliseconds: 200_000)
            let later = ArtifactService(objects: artifacts.objects, database: database, clock: clock.clock)
            #expect(try await later.check(key).map(\.state) == [.unrecorded])
            #expect(try await later.check(key).map(\.state) == [.intact])
        }
    }

    @Test("is read of the file that stayed when two were put at once", arguments: DatabaseBackend.allCases)
    func contested(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, folder, database in
            let key = try ObjectKey("a/b")
            try await artifacts.put(key, text: "old")
            let held = artifacts.held(by: database) { moment, _ in
                if moment == .beforeAppearance { try await artifacts.put(key, text: "second") }
            }
            try await held.put(key, text: "first")
            let kept = try String(contentsOfFile: folder + "/a/b", encoding: .utf8)
            let recorded = try await database.read { try ArtifactDigestStore.find(key, on: $0) }
            #expect(recorded?.etag == "")
            #expect(try await artifacts.check(key).map(\.state) == [.unrecorded])
            #expect(try await artifacts.digest(of: key) == ContentDigest(of: kept.utf8))
            #expect(try await artifacts.check(key).map(\.state) == [.intact])
            let left = try await database.read { connection in
                try connection.query("SELECT id FROM artifact_replacements", []) { try $0.text(0) }
            }
            #expect(left.isEmpty)
        }
    }

    @Test("stays when an upload of other content is refused", arguments: DatabaseBackend.allCases)
    func refused(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, folder, _ in
            let key = try ObjectKey("a/b")
            try await artifacts.put(key, text: "old")
            await #expect(throws: BrokenDatabase.self) {
                try await artifacts.put(key, text: "new") { _, _ in throw BrokenDatabase() }
            }
            try Data("changed".utf8).write(to: URL(filePath: folder + "/a/b"))
            #expect(try await artifacts.check(key).map(\.state) == [.changed])
        }
    }

    @Test("of an upload is told from that of a file that was only read", arguments: DatabaseBackend.allCases)
    func uploads(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, folder, _ in
            func uploaded() async throws -> [String] { try await artifacts.recorded(after: "", limit: 10).map(\.key) }
            for name in ["a/ours", "a/replaced"] { try await artifacts.put(ObjectKey(name), text: name) }
            for name in ["a/theirs", "a/checked"] { try Data(name.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
            _ = try await artifacts.digest(of: ObjectKey("a/theirs"))
            _ = try await artifacts.check(ObjectKey("a"))
            #expect(try await uploaded() == ["a/ours", "a/replaced"])
            // The same bytes at another time, as a backup brings them back, and others.
            for (name, text) in [("a/ours", "a/ours"), ("a/replaced", "theirs")] {
                try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
                _ = try await artifacts.digest(of: ObjectKey(name))
            }
            #expect(try await uploaded() == ["a/ours"])
            try await artifacts.put(ObjectKey("a/theirs"), text: "a/theirs")
            #expect(try await uploaded() == ["a/ours", "a/theirs"])
        }
    }

    /// Changes a file's bytes and gives it back its time.
    private func overwrite(_ path: String, _ text: String) throws {
        var times = stat()
        try #require(stat(path, &times) == 0)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
        let before = [times.st_atim, times.st_mtim]
        try #require(utimensat(AT_FDCWD, path, before, 0) == 0)
    }
}
