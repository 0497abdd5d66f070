import Artifacts
import Database
import Foundation
import Kernel
import ObjectStore
import Synchronization
import TestSupport
import Testing

@Suite("A file that is sent in parts and about to appear", .timeLimit(.minutes(3)))
struct SealedUploadTests {
    @Test("can't be given up any more, on no server, and is there", arguments: ArtifactBackend.allCases)
    func tooLate(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let (asked, ask) = AsyncStream.makeStream(of: Void.self)
            let (answers, answer) = AsyncStream.makeStream(of: Void.self)
            let key = try ObjectKey("a/b")
            let uploads = world.uploads { moment, held in
                guard held == key, moment == .beforeAppearance else { return }
                ask.yield()
                // What goes to a store can't be called back.
                await Task { for await _ in answers.prefix(1) {} }.value
            }
            let sender = try await Sender(uploads, "a/b", parts: 1)
            let part = try await sender.put(1, "x")
            let completion = Task { try await sender.complete([part]) }
            for await _ in asked.prefix(1) {}
            let elsewhere = await #expect(throws: MartletError.self) {
                try await world.uploads().abort(sender.upload.id, at: key)
            }
            #expect(elsewhere?.code == .resourceConflict)
            let here = Task { try await uploads.abort(sender.upload.id, at: key) }
            try await Task.sleep(for: .milliseconds(50))
            answer.yield()
            let late = await #expect(throws: MartletError.self) { try await here.value }
            #expect(late?.code == .resourceConflict)
            try await completion.value
            #expect(try await world.text(key) == "x")
            #expect(try await world.count("SELECT COUNT(*) FROM artifact_uploads WHERE completed_at > 0") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM artifact_replacements") == 0)
        }
    }

    @Test("and could not, takes a part again that was damaged meanwhile")
    func mended() async throws {
        try await ArtifactWorld.with(.folderAndSQLite) { world in
            let fails = Mutex(true)
            let key = try ObjectKey("a/b")
            let uploads = world.uploads { moment, held in
                guard held == key, moment == .beforeAppearance else { return }
                let isFailing = fails.withLock { fails in
                    defer { fails = false }
                    return fails
                }
                if isFailing { throw MartletError(.temporarilyUnavailable, "The disk is full") }
            }
            let sender = try await Sender(uploads, "a/b", parts: 2)
            let parts = [try await sender.put(1, "one"), try await sender.put(2, "two")]
            #expect(await sender.refusal(parts)?.code == .temporarilyUnavailable)
            let folder = "\(world.folder)/.martlet-uploads/parts-\(sender.upload.id)"
            let file = try #require(
                try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasPrefix("1-") }
            )
            try Data("eno".utf8).write(to: URL(filePath: "\(folder)/\(file)"))
            #expect(await sender.refusal(parts)?.code == .dataLoss)
            try await sender.put(1, "one")
            try await sender.complete(parts)
            try await sender.complete(parts)
            #expect(try await world.text(key) == "onetwo")
        }
    }

    @Test("was expired or given up while its parts were read: there is no such upload", arguments: [true, false])
    func over(expires: Bool) async throws {
        try await ArtifactWorld.with(.folderAndSQLite) { world in
            let key = try ObjectKey("a/b")
            let sent = Mutex<String?>(nil)
            let uploads = world.uploads { moment, held in
                guard held == key, moment == .beforeAdmission, let id = sent.withLock({ $0 }) else { return }
                if expires {
                    world.clock.advance(byMilliseconds: 24 * 3_600_000)
                    #expect(try await world.uploads().removeUnfinished() == 1)
                } else {
                    try await world.uploads().abort(id, at: key)
                }
                throw MartletError(.dataLoss, "Part 1 is no longer what was sent.")
            }
            let sender = try await Sender(uploads, "a/b", parts: 1)
            let part = try await sender.put(1, "x")
            sent.withLock { $0 = sender.upload.id }
            #expect(await sender.refusal([part])?.code == .resourceDoesNotExist)
            #expect(try await world.text(key) == nil)
        }
    }

    @Test("and others that are over are removed, though one can't be")
    func removal() async throws {
        try await ArtifactWorld.with(.folderAndSQLite) { world in
            var senders: [Sender] = []
            for name in ["a", "b", "c"] { senders.append(try await Sender(world.uploads(), name, parts: 1)) }
            let stuck = ObjectKey.parts(of: try #require(senders.map(\.upload.id).min()))
            let isStuck = Mutex(true)
            let uploads = world.uploads { moment, key in
                guard moment == .beforeDeletion, key == stuck, isStuck.withLock({ $0 }) else { return }
                throw MartletError(.internalError, "It can't be removed")
            }
            world.clock.advance(byMilliseconds: 24 * 3_600_000)
            let error = await #expect(throws: MartletError.self) { try await uploads.removeUnfinished() }
            #expect(error?.code == .internalError)
            #expect(try await world.count("SELECT COUNT(*) FROM artifact_uploads") == 1)
            isStuck.withLock { $0 = false }
            #expect(try await uploads.removeUnfinished() == 1)
        }
    }
}
