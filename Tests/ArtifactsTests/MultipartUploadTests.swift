import Artifacts
import Database
import Foundation
import Kernel
import NIOCore
import ObjectStore
import TestSupport
import Testing

@Suite("A file that is sent in parts", .timeLimit(.minutes(3)))
struct MultipartUploadTests {
    @Test("is there, with its digest, when all parts are; again changes nothing", arguments: ArtifactBackend.allCases)
    func whole(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let sender = try await Sender(world.uploads(), "a/b", parts: 3)
            // Any order, one part twice, and tags as proxies and clients spell them.
            let last = try await sender.put(3, "end")
            let first = try await sender.put(1, "Hello, ")
            try await sender.put(2, "earth")
            let second = try await sender.put(2, "world")
            #expect(try await world.text(sender.key) == nil)
            #expect(try await world.objects.list(.root, recursive: true).isEmpty)
            let named = [last, first, NamedPart(number: 2, etag: "W/\"\(second.tag)\"")]
            try await sender.complete(named)
            #expect(try await world.text(sender.key) == "Hello, worldend")
            let digest = ContentDigest(of: "Hello, worldend".utf8)
            #expect(try await world.artifacts.digest(of: sender.key) == digest)
            let recorded = try await world.count("SELECT COUNT(*) FROM artifact_digests WHERE key = 'a/b'")
            #expect(recorded == 1)
            let sealed = try await world.database.read { connection in
                try connection.first("SELECT sha256 FROM artifact_uploads", []) { try $0.text(0) }
            }
            #expect(sealed == digest.hexadecimal)
            // An answer that was lost: the caller asks again, this or another server.
            try await sender.complete(named)
            try await world.uploads().complete(sender.upload.id, at: sender.key, of: named)
            #expect(await sender.refusal([first, last]).map(\.code) == .resourceConflict)
            let late = await #expect(throws: MartletError.self) { try await sender.put(1, "late") }
            #expect(late?.code == .resourceConflict)
            let abort = await #expect(throws: MartletError.self) {
                try await sender.uploads.abort(sender.upload.id, at: sender.key)
            }
            #expect(abort?.code == .resourceConflict)
            #expect(try await world.text(sender.key) == "Hello, worldend")
            #expect(try await world.count("SELECT COUNT(*) FROM artifact_upload_parts") == 0)
            #expect(try await world.leftovers() == 0)
        }
    }

    @Test(
        "is refused with a part that is missing, wrong or too many, and can be mended",
        arguments: ArtifactBackend.allCases
    )
    func wrong(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let sender = try await Sender(world.uploads(), "a/b", parts: 2)
            let first = try await sender.put(1, "one")
            let absent = NamedPart(number: 2, etag: first.tag.description)
            #expect(await sender.refusal([first, absent])?.message.contains("Part 2 of 2 has not arrived") == true)
            let second = try await sender.put(2, "two")
            for (named, said) in [
                ([], "Part 1 of 2 is not named"), ([first], "Part 2 of 2 is not named"), ([second], "Part 1 of 2"),
                ([first, absent], "Part 2 has the ETag"), ([first, first, second], "Part 2 of 2"),
                ([first, second, NamedPart(number: 3, etag: "")], "Part 3 of 2"),
                ([NamedPart(number: 0, etag: ""), first, second], "Part 1 of 2"),
                ([NamedPart(number: 1, etag: ""), second], "Part 1 has the ETag"),
            ] as [([NamedPart], String)] {
                let error = await sender.refusal(named)
                #expect(error?.code == .invalidParameterValue && error?.message.contains(said) == true, "\(said)")
            }
            for number in [0, 3, -1, Int64.max] {
                let error = await #expect(throws: MartletError.self) { try await sender.put(number, "x") }
                #expect(error?.code == .invalidParameterValue, "\(number)")
            }
            #expect(try await world.text(sender.key) == nil)
            try await sender.complete([first, second])
            #expect(try await world.text(sender.key) == "onetwo")
            #expect(try await world.leftovers() == 0)
        }
    }

    @Test(
        "takes parts from one who has the right alone, and keeps the right as a hash",
        arguments: ArtifactBackend.allCases
    )
    func rights(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let uploads = world.uploads()
            let sender = try await Sender(uploads, "a/b", parts: 1)
            let other = try await Sender(uploads, "a/b", parts: 1)
            for secret in ["", "x", other.upload.secret, sender.upload.id] {
                let error = await #expect(throws: MartletError.self) { try await sender.put(1, "x", secret: secret) }
                #expect(error?.code == .resourceDoesNotExist)
            }
            let rows = try await world.database.read { connection in
                try connection.query("SELECT * FROM artifact_uploads", []) { "\($0.values)" }
            }
            #expect(rows.count == 2 && !rows.joined().contains(sender.upload.secret))
            let part = try await sender.put(1, "x")
            let elsewhere = await #expect(throws: MartletError.self) {
                try await uploads.complete(sender.upload.id, at: ObjectKey("a/c"), of: [part])
            }
            #expect(elsewhere?.code == .resourceDoesNotExist)
            try await uploads.abort(sender.upload.id, at: ObjectKey("a/c"))
            try await sender.complete([part])
        }
    }

    @Test("never mixes with another to the same place", arguments: ArtifactBackend.allCases)
    func twoAtOnce(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let uploads = world.uploads()
            let texts = (0..<4).map { upload in (1...3).map { part in "\(upload)\(part)" } }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for text in texts {
                    group.addTask {
                        let sender = try await Sender(uploads, "same", parts: 3)
                        let parts = try await withThrowingTaskGroup(of: NamedPart.self) { group in
                            for (index, part) in text.enumerated() {
                                group.addTask { try await sender.put(Int64(index + 1), part) }
                            }
                            return try await group.reduce(into: []) { $0.append($1) }
                        }
                        // Three who ask at once are answered once.
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<3 { group.addTask { try await sender.complete(parts) } }
                            try await group.waitForAll()
                        }
                    }
                }
                try await group.waitForAll()
            }
            let text = try #require(try await world.text(ObjectKey("same")))
            #expect(texts.map { $0.joined() }.contains(text))
            #expect(try await world.artifacts.digest(of: ObjectKey("same")) == ContentDigest(of: text.utf8))
            #expect(try await world.leftovers() == 0)
        }
    }

    @Test(
        "that is not admitted is not seen, what was there stays, and it may be completed later",
        arguments: ArtifactBackend.allCases
    )
    func admission(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let sender = try await Sender(world.uploads(), "a/b", parts: 1)
            try await world.artifacts.put(sender.key, from: body("old"))
            let part = try await sender.put(1, "new")
            let refusal = await #expect(throws: MartletError.self) {
                try await sender.uploads.complete(sender.upload.id, at: sender.key, of: [part]) { digest, _ in
                    #expect(digest == ContentDigest(of: "new".utf8))
                    throw MartletError(.resourceConflict, "pinned")
                }
            }
            #expect(refusal?.message == "pinned")
            #expect(try await world.text(sender.key) == "old")
            #expect(try await world.artifacts.digest(of: sender.key) == ContentDigest(of: "old".utf8))
            try await sender.complete([part])
            #expect(try await world.text(sender.key) == "new")
            let below = try await Sender(world.uploads(), "a/b/c", parts: 1)
            #expect(await below.refusal([try await below.put(1, "x")])?.code == .invalidParameterValue)
        }
    }

    @Test("that is given up leaves nothing, and giving it up again is well", arguments: ArtifactBackend.allCases)
    func aborted(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let sender = try await Sender(world.uploads(), "a/b", parts: 2)
            let first = try await sender.put(1, "x")
            for _ in 0..<2 { try await sender.uploads.abort(sender.upload.id, at: sender.key) }
            try await sender.uploads.abort("no such upload", at: sender.key)
            #expect(await sender.refusal([first])?.code == .resourceDoesNotExist)
            let error = await #expect(throws: MartletError.self) { try await sender.put(2, "y") }
            #expect(error?.code == .resourceDoesNotExist)
            #expect(try await world.text(sender.key) == nil)
            #expect(try await world.count("SELECT COUNT(*) FROM artifact_uploads") == 0)
            #expect(try await world.leftovers() == 0)
        }
    }

    @Test("that is being put together can be given up: nothing is seen then", arguments: ArtifactBackend.allCases)
    func abortedMeanwhile(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let (asked, ask) = AsyncStream.makeStream(of: Void.self)
            let uploads = world.uploads { moment, key in
                guard key == (try ObjectKey("a/b")), moment == .beforeAdmission else { return }
                ask.yield()
                try await Task.sleep(for: .seconds(60))
            }
            let sender = try await Sender(uploads, "a/b", parts: 1)
            let part = try await sender.put(1, "x")
            let completion = Task { try await sender.complete([part]) }
            for await _ in asked.prefix(1) {}
            try await uploads.abort(sender.upload.id, at: sender.key)
            let error = await #expect(throws: MartletError.self) { try await completion.value }
            #expect(error?.code == .aborted)
            #expect(try await world.text(sender.key) == nil)
            #expect(try await world.leftovers() == 0)
        }
    }

    @Test(
        "goes on after its caller has gone, and is found done by one who asks again",
        arguments: ArtifactBackend.allCases
    )
    func callerGone(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let (asked, ask) = AsyncStream.makeStream(of: Void.self)
            let (answers, answer) = AsyncStream.makeStream(of: Void.self)
            let uploads = world.uploads { moment, key in
                guard key == (try ObjectKey("a/b")), moment == .beforeAdmission else { return }
                ask.yield()
                for await _ in answers.prefix(1) {}
                try Task.checkCancellation()
            }
            let sender = try await Sender(uploads, "a/b", parts: 1)
            let part = try await sender.put(1, "x")
            let caller = Task { try await sender.complete([part]) }
            for await _ in asked.prefix(1) {}
            caller.cancel()
            async let again: Void = sender.complete([part])
            answer.yield()
            try await again
            #expect(try await world.text(sender.key) == "x")
        }
    }

    @Test("expires after a day, also when the server was killed meanwhile", arguments: ArtifactBackend.allCases)
    func expiry(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let sender = try await Sender(world.uploads(), "a/b", parts: 2)
            let kept = try await Sender(world.uploads(), "a/c", parts: 1)
            let first = try await sender.put(1, "x")
            world.clock.advance(byMilliseconds: 23 * 3_600_000)
            // Another server on the same database and store, after a restart.
            let second = world.uploads()
            #expect(try await second.unfinished() == 0)
            #expect(try await second.removeUnfinished() == 0)
            let late = try await Sender(second, "a/d", parts: 1)
            let latePart = try await late.put(1, "late")
            _ = try await kept.put(1, "y")
            // What may still go on stays, however old a collection wants it.
            #expect(try await second.removeUnfinished(before: world.clock.now().advanced(byMilliseconds: 1000)) == 0)
            world.clock.advance(byMilliseconds: 3_600_000)
            #expect(await sender.refusal([first])?.code == .resourceDoesNotExist)
            let error = await #expect(throws: MartletError.self) { try await sender.put(2, "y") }
            #expect(error?.code == .resourceDoesNotExist)
            #expect(try await second.unfinished() == 2)
            #expect(try await second.removeUnfinished() == 2)
            #expect(try await second.unfinished() == 0)
            #expect(try await world.count("SELECT COUNT(*) FROM artifact_upload_parts") == 1)
            try await late.complete([latePart])
            #expect(try await world.text(late.key) == "late")
            #expect(try await world.leftovers() == 0)
        }
    }

    @Test("of which a crash left parts is tidied up at the next start", arguments: ArtifactBackend.allCases)
    func crashed(backend: ArtifactBackend) async throws {
        try await ArtifactWorld.with(backend) { world in
            let sender = try await Sender(world.uploads(), "a/b", parts: 1)
            let part = try await sender.put(1, "x")
            try await sender.complete([part])
            // The file was there, its parts were not removed yet; a part arrived, but was not noted.
            _ = try await world.objects.put(.part("1-left", of: sender.upload.id), from: body("x"))
            _ = try await world.database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO artifact_upload_parts (upload_id, number, name, size_bytes, sha256)
                    VALUES ($1, 1, '1-left', 1, 'x')
                    """,
                    [.text(sender.upload.id)]
                )
            }
            _ = try await world.objects.put(.part("1-x", of: "unknown"), from: body("x"))
            #expect(try await world.uploads().removeUnfinished() == 0)
            #expect(try await world.count("SELECT COUNT(*) FROM artifact_upload_parts") == 0)
            #expect(try await !world.objects.exists(.part("1-left", of: sender.upload.id)))
            // Of whom the database knows nothing may be another's, until it is older than an upload can be.
            #expect(try await world.objects.exists(.part("1-x", of: "unknown")))
            world.clock.advance(byMilliseconds: 26 * 3_600_000)
            #expect(try await world.uploads().removeUnfinished() == 1)
            #expect(try await world.text(sender.key) == "x")
        }
    }

    @Test("of which a part is not what was sent is refused until that part is sent again")
    func damaged() async throws {
        try await ArtifactWorld.with(.folderAndSQLite) { world in
            let sender = try await Sender(world.uploads(), "a/b", parts: 2)
            let parts = [try await sender.put(1, "one"), try await sender.put(2, "two")]
            let folder = "\(world.folder)/.martlet-uploads/parts-\(sender.upload.id)"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            let file = try #require(names.first { $0.hasPrefix("1-") })
            for content in ["eno", "o", nil] {
                if let content {
                    try Data(content.utf8).write(to: URL(filePath: "\(folder)/\(file)"))
                } else {
                    try FileManager.default.removeItem(atPath: "\(folder)/\(file)")
                }
                #expect(await sender.refusal(parts)?.code == .dataLoss)
                #expect(try await world.text(sender.key) == nil)
            }
            try await sender.put(1, "one")
            try await sender.complete(parts)
            #expect(try await world.text(sender.key) == "onetwo")
        }
    }

    @Test("has bounds: the number of its parts, their sizes, and how many go on at once")
    func bounds() async throws {
        try await ArtifactWorld.with(.folderAndSQLite) { world in
            let uploads = world.uploads()
            for count in [0, -1, 10_001, Int64.max, Int64.min] {
                let error = await #expect(throws: MartletError.self) { try await Sender(uploads, "a", parts: count) }
                #expect(error?.code == .notImplemented)
                #expect(
                    error?.message.hasPrefix("Multipart upload is not supported for the current artifact repository")
                        == true
                )
            }
            let sender = try await Sender(uploads, "a", parts: 10_000)
            let tooLarge = await #expect(throws: MartletError.self) {
                try await uploads.putPart(
                    1,
                    of: sender.upload.id,
                    secret: sender.upload.secret,
                    from: body("x"),
                    expectedLength: (5 << 30) + 1
                )
            }
            #expect(tooLarge?.code == .invalidParameterValue && tooLarge?.message.contains("5 GiB") == true)
            let otherLength = await #expect(throws: MartletError.self) {
                try await uploads.putPart(
                    1,
                    of: sender.upload.id,
                    secret: sender.upload.secret,
                    from: body("x"),
                    expectedLength: 2
                )
            }
            #expect(otherLength?.code == .invalidParameterValue)
            for _ in 1..<1000 { _ = try await uploads.create(sender.key, partCount: 1) }
            let full = await #expect(throws: MartletError.self) { try await uploads.create(sender.key, partCount: 1) }
            #expect(full?.code == .notImplemented)
            world.clock.advance(byMilliseconds: 24 * 3_600_000)
            _ = try await uploads.create(sender.key, partCount: 1)
            #expect(try await uploads.removeUnfinished() == 1000)
        }
    }
}
