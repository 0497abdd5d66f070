import Database
import Kernel
import ObjectStore
import Synchronization
import TestSupport
import Testing

@testable import Artifacts

@Suite("What is being replaced", .timeLimit(.minutes(1)))
struct ReplacementTests {
    private let folder = "a"

    /// What `text` as the file `a/b` would have to hold.
    private func content(_ text: String) -> [ObjectContent] {
        [ObjectContent(path: "b", digest: ContentDigest(of: text.utf8))]
    }

    private func holds(_ text: String, _ artifacts: ArtifactService, _ database: any SQLDatabase) async throws -> Bool {
        let files = content(text)
        let folder = try ObjectKey(folder)
        return try await database.read { try artifacts.holds(files, below: folder, on: $0) }
    }

    @Test("is held by nobody until it is known what lies there", arguments: DatabaseBackend.allCases)
    func upload(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, _, database in
            let key = try ObjectKey("a/b")
            try await artifacts.put(ObjectKey("a/c"), text: "beside")
            let held = artifacts.held(by: database) { moment, _ in
                guard moment == .beforeAppearance else { return }
                // Nothing was recorded when the upload began.
                try await artifacts.put(key, text: "first")
                let isHeld = try await holds("first", artifacts, database)
                #expect(!isHeld)
                let beside = [ObjectContent(path: "c", digest: ContentDigest(of: "beside".utf8))]
                let folder = try ObjectKey("a")
                let isBesideHeld = try await database.read { try artifacts.holds(beside, below: folder, on: $0) }
                #expect(isBesideHeld, "an upload keeps up what has nothing to do with it")
            }
            try await held.put(key, text: "second")
            #expect(try await !holds("second", artifacts, database))
            #expect(try await artifacts.digest(of: key) == ContentDigest(of: "second".utf8))
            #expect(try await holds("second", artifacts, database))
        }
    }

    @Test(
        "is not taken for changed when two first uploads are recorded out of order",
        arguments: DatabaseBackend.allCases
    )
    func order(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, _, database in
            let key = try ObjectKey("a/b")
            let held = artifacts.held(by: database) { moment, _ in
                if moment == .afterAppearance { try await artifacts.put(key, text: "second") }
            }
            try await held.put(key, text: "first")
            #expect(try await artifacts.check(key).map(\.state) == [.unrecorded])
            #expect(try await artifacts.check(key).map(\.state) == [.intact])
            #expect(try await holds("second", artifacts, database))
        }
    }

    @Test("is not held by a reading between two uploads", arguments: DatabaseBackend.allCases)
    func reading(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, _, database in
            let key = try ObjectKey("a/b")
            try await artifacts.put(key, text: "old")
            let second = artifacts.held(by: database) { moment, _ in
                guard moment == .beforeAppearance else { return }
                let read = try await artifacts.digest(of: key)
                #expect(read == ContentDigest(of: "first".utf8))
            }
            let first = artifacts.held(by: database) { moment, _ in
                if moment == .afterAppearance { try await second.put(key, text: "second") }
            }
            try await first.put(key, text: "first")
            #expect(try await !holds("first", artifacts, database))
            #expect(try await !holds("second", artifacts, database))
        }
    }

    @Test("and was replaced is not recorded by a reading that began before", arguments: DatabaseBackend.allCases)
    func slowReading(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, _, database in
            let key = try ObjectKey("a/b")
            _ = try await artifacts.objects.put(key, from: body("old"))
            let slow = artifacts.held(by: database) { moment, _ in
                if moment == .afterReading { try await artifacts.put(key, text: "new") }
            }
            let files = try await slow.files(below: ObjectKey("a"), countMax: 1)
            #expect(files?.map(\.digest) == [ContentDigest(of: "old".utf8)])
            #expect(try await !holds("old", artifacts, database))
            #expect(try await holds("new", artifacts, database))
            #expect(try await artifacts.check(key).map(\.state) == [.intact])
        }
    }

    @Test("by an upload while it is checked is not told as a change", arguments: DatabaseBackend.allCases)
    func checked(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, _, database in
            let key = try ObjectKey("a/b")
            try await artifacts.put(key, text: "old")
            let uploads = Mutex(["new"])
            let slow = artifacts.held(by: database) { moment, _ in
                guard moment == .afterReading, let text = uploads.withLock({ $0.popLast() }) else { return }
                try await artifacts.put(key, text: text)
            }
            #expect(try await slow.check(key).map(\.state) == [.intact])
        }
    }

    @Test("by a deletion is held by nobody, nor is what is below", arguments: DatabaseBackend.allCases)
    func deletion(backend: DatabaseBackend) async throws {
        try await withArtifacts(backend) { artifacts, _, database in
            for target in ["a", "a/b"] {
                try await artifacts.put(ObjectKey("a/b"), text: "x")
                let held = artifacts.held(by: database) { moment, _ in
                    guard moment == .beforeDeletion else { return }
                    let isHeld = try await holds("x", artifacts, database)
                    #expect(!isHeld)
                }
                try await held.delete(ObjectKey(target))
                #expect(try await !holds("x", artifacts, database))
            }
        }
    }

    @Test("by a deletion that fails is read again, and one that is refused changes nothing")
    func failedDeletion() async throws {
        try await withArtifacts(.sqlite) { artifacts, _, database in
            let key = try ObjectKey("a/b")
            try await artifacts.put(key, text: "x")
            await #expect(throws: BrokenDatabase.self) {
                try await artifacts.delete(ObjectKey("a")) { _ in throw BrokenDatabase() }
            }
            #expect(try await holds("x", artifacts, database))
            let failing = artifacts.held(by: database) { moment, _ in
                if moment == .beforeDeletion { throw BrokenDatabase() }
            }
            await #expect(throws: BrokenDatabase.self) { try await failing.delete(ObjectKey("a")) }
            #expect(try await !holds("x", artifacts, database))
            #expect(try await artifacts.digest(of: key) == ContentDigest(of: "x".utf8))
            #expect(try await holds("x", artifacts, database))
        }
    }

    @Test("is said to go on for as long as it does, and forgotten soon after a crash")
    func renewal() async throws {
        try await withArtifacts(.sqlite) { artifacts, _, database in
            let clock = ManualClock()
            let key = try ObjectKey("a/b")
            try await artifacts.put(key, text: "x")
            let server = ArtifactService(objects: artifacts.objects, database: database, clock: clock.clock)
            let held = server.held(by: database, renewalPause: .milliseconds(1)) { moment, _ in
                guard moment == .beforeAppearance else { return }
                clock.advance(byMilliseconds: 3_600_000)
                let deadline = ContinuousClock.now + .seconds(20)
                while try await holds("x", server, database), .now < deadline {
                    try await Task.sleep(for: .milliseconds(5))
                }
                let isHeld = try await holds("x", server, database)
                #expect(!isHeld, "nobody said that it goes on")
            }
            try await held.put(key, text: "x")
            #expect(try await holds("x", server, database))
            let crashedAt = clock.now()
            try await database.write { try ArtifactReplacements.begin("crashed", key, at: crashedAt, on: $0) }
            #expect(try await !holds("x", server, database))
            clock.advance(byMilliseconds: 180_000)
            #expect(try await holds("x", server, database))
            try await server.forgetSilentReplacements()
            let left = try await database.read { connection in
                try connection.first("SELECT COUNT(*) FROM artifact_replacements") { try $0.integer(0) }
            }
            #expect(left == 0)
        }
    }
}
