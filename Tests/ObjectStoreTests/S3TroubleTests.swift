import Kernel
import NIOCore
import NIOHTTP1
import ObjectStore
import Synchronization
import TestSupport
import Testing

@Suite("A store in S3 in trouble", .timeLimit(.minutes(3)))
struct S3TroubleTests {
    @Test("lets others in while many read slowly")
    func slowReaders() async throws {
        let bytes = ByteBuffer(repeating: 1, count: 16 << 20)
        let length = String(bytes.readableBytes)
        try await withScriptedStore({ request in
            if request.method == .HEAD {
                return ScriptedAnswer(200, headers: ["Content-Length": length, "ETag": "\"t\""])
            }
            guard request.headers.contains(name: "Range") else { return nil }
            return ScriptedAnswer(206, headers: ["ETag": "\"t\""], body: bytes)
        }) { store in
            let key = try ObjectKey("large")
            var held: [ObjectBytes.AsyncIterator] = []
            for _ in 0..<12 {
                var reading = try await store.open(key).read().makeAsyncIterator()
                _ = try await reading.next()
                held.append(reading)
            }
            #expect(try await store.exists(key))
            withExtendedLifetime(held) {}
        }
    }

    /// A body of two parts.
    private static let body = Body(count: 9, size: 1 << 20)

    /// Answers an upload in two parts up to its end, which `complete` is asked for with the number of the attempt.
    private static func upload(
        _ complete: @escaping @Sendable (Int) -> ScriptedAnswer,
        head: ScriptedAnswer? = nil,
        part: String = "part"
    ) -> @Sendable (ScriptedRequest) -> ScriptedAnswer? {
        let attempts = Counter()
        return { request in
            switch request.method {
            // The folder above is asked for too.
            case .HEAD where request.target.hasSuffix("/a/b") && attempts.count > 0: head
            case .POST where request.target.hasSuffix("?uploads="):
                ScriptedAnswer(200, text: "<R><UploadId>u</UploadId></R>")
            case .PUT: ScriptedAnswer(200, headers: ["ETag": "\"\(part)\""])
            case .POST: complete(attempts.next())
            case .DELETE: ScriptedAnswer(204)
            default: nil
            }
        }
    }

    private static let done = ScriptedAnswer(200, text: "<R><ETag>\"tag-2\"</ETag></R>")
    private static let noSuchUpload = ScriptedAnswer(404, text: "<Error><Code>NoSuchUpload</Code></Error>")
    private static let size = String(9 << 20)

    @Test("takes an upload for finished when only the answer was lost")
    func lostAnswer() async throws {
        let head = ScriptedAnswer(200, headers: ["Content-Length": Self.size, "ETag": "\"tag-2\""])
        try await withScriptedStore(Self.upload({ $0 == 1 ? .hangUp : Self.noSuchUpload }, head: head)) { store in
            let stored = try await store.put(ObjectKey("a/b"), from: Self.body)
            #expect(stored.etag == "\"tag-2\"")
        }
    }

    @Test(
        "takes no other object for it",
        arguments: [(1, "tag-2", size), (2, "tag", size), (2, "tag-3", size), (2, "tag-2", "9437183")]
            as [(Int, String, String)]
    )
    func otherObject(attempts: Int, tag: String, size: String) async throws {
        let head = ScriptedAnswer(200, headers: ["Content-Length": size, "ETag": "\"\(tag)\""])
        let upload = Self.upload({ $0 < attempts ? .hangUp : Self.noSuchUpload }, head: head)
        try await withScriptedStore(upload) { store in
            let error = await #expect(throws: MartletError.self) {
                try await store.put(ObjectKey("a/b"), from: Self.body)
            }
            #expect(error?.code == .internalError)
        }
    }

    @Test(
        "where the tags of parts are MD5s takes only an object of those parts for it",
        arguments: [("7b3c799ee8b11a11c798c8b41bed8502-2", true), ("tag-2", false)]
    )
    func composedTag(tag: String, isOurs: Bool) async throws {
        let part = "0cc175b9c0f1b6a831c399e269772661"
        let head = ScriptedAnswer(200, headers: ["Content-Length": Self.size, "ETag": "\"\(tag)\""])
        let upload = Self.upload({ $0 == 1 ? .hangUp : Self.noSuchUpload }, head: head, part: part)
        try await withScriptedStore(upload) { store in
            let stored = try? await store.put(ObjectKey("a/b"), from: Self.body)
            #expect(stored?.etag == (isOurs ? "\"\(tag)\"" : nil))
        }
    }

    @Test("finishes what was admitted, though its task is cancelled")
    func cancelledLate() async throws {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        let upload = Self.upload { _ in Self.done }
        try await withScriptedStore({ request in
            if request.method == .POST, request.target.contains("uploadId=") {
                ask.yield()
                for await _ in answers.prefix(1) {}
            }
            return upload(request)
        }) { store in
            let put = Task { try await store.put(ObjectKey("a/b"), from: Self.body) }
            for await _ in asked.prefix(1) {}
            put.cancel()
            answer.yield()
            let stored = try await put.value
            #expect(stored.etag == "\"tag-2\"")
        }
    }

    @Test("deletes what XML can't name one by one")
    func unnameable() async throws {
        let deleted = Mutex<[String]>([])
        let left = Mutex(["folder/d/%EF%BF%BE", "folder/d/plain", "folder/d/%0D"])
        try await withScriptedStore({ request in
            switch request.method {
            case .GET where request.target.contains("list-type=2"):
                let names = left.withLock { names in
                    defer { names = [] }
                    return names
                }
                let contents = names.map { "<Contents><Key>\($0)</Key></Contents>" }.joined()
                return ScriptedAnswer(200, text: "<R><EncodingType>url</EncodingType>\(contents)</R>")
            case .POST:
                deleted.withLock { $0.append(request.body) }
                return ScriptedAnswer(200, text: "<DeleteResult></DeleteResult>")
            case .DELETE:
                deleted.withLock { $0.append(request.target) }
                return ScriptedAnswer(204)
            default: return nil
            }
        }) { store in
            try await store.delete(ObjectKey("d"))
        }
        let together = "<Delete><Quiet>true</Quiet><Object><Key>folder/d/plain</Key></Object></Delete>"
        #expect(
            deleted.withLock { $0 }
                == [
                    "/bucket/folder/d", together, "/bucket/folder/d/%EF%BF%BE", "/bucket/folder/d/%0D",
                ]
        )
    }

    @Test("asks again when an answer that began well ends in an error that passes")
    func lateError() async throws {
        let error = ScriptedAnswer(200, text: "<Error><Code>InternalError</Code></Error>")
        try await withScriptedStore(Self.upload { $0 < 3 ? error : Self.done }) { store in
            let stored = try await store.put(ObjectKey("a/b"), from: Self.body)
            #expect(stored.etag == "\"tag-2\"")
        }
    }

    @Test("asks again when an answer breaks off")
    func brokenOff() async throws {
        let attempts = Counter()
        try await withScriptedStore({ request in
            guard request.target.contains("list-type=2"), attempts.next() == 1 else { return nil }
            return .brokenOff(200, headers: ["Content-Length": "100"], text: "<ListBucketResult>")
        }) { store in
            let listed = try await store.list(.root)
            #expect(listed.isEmpty)
        }
    }

    @Test("looks at few folders on the way to a deep key at once, and at all of them")
    func deepKeys() async throws {
        let looks = Mutex((now: 0, most: 0, all: 0))
        try await withScriptedStore({ request in
            switch request.method {
            case .PUT: return ScriptedAnswer(200, headers: ["ETag": "\"t\""])
            case .HEAD:
                looks.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.all + 1) }
                try await Task.sleep(for: .milliseconds(10))
                looks.withLock { $0.now -= 1 }
                return request.target.hasSuffix("/file") ? ScriptedAnswer(200, headers: ["ETag": "\"t\""]) : nil
            default: return nil
            }
        }) { store in
            let names = (1...30).map(String.init)
            try await store.put(names.joined(separator: "/"), text: "x")
            #expect(looks.withLock { $0.all } == 29 && (2...4).contains(looks.withLock { $0.most }))
            let error = await #expect(throws: MartletError.self) {
                try await store.put((["file"] + names).joined(separator: "/"), text: "x")
            }
            #expect(error?.code == .invalidParameterValue)
        }
    }

    @Test("takes keys as they are where the server did not encode them")
    func plainKeys() async throws {
        let page = """
            <R>%@<Contents><Key>folder/a+b%41</Key><Size>1</Size><ETag>"t"</ETag></Contents></R>
            """
        for (mark, name) in [("", "a+b%41"), ("<EncodingType>url</EncodingType>", "a bA")] {
            try await withScriptedStore({ request in
                request.target.contains("list-type=2")
                    ? ScriptedAnswer(200, text: page.replacing("%@", with: mark)) : nil
            }) { store in
                let listed = try await store.list(.root)
                #expect(listed.map(\.name) == [name])
            }
        }
    }

    @Test("refuses a key that is too long with its prefix, and finds none")
    func longKeys() async throws {
        try await withScriptedStore({ _ in ScriptedAnswer(400, text: "<Error><Code>KeyTooLongError</Code></Error>") }) {
            store in
            let text = (1...5).map { _ in String(repeating: "a", count: 204) }.joined(separator: "/")
            let key = try ObjectKey(text)
            let error = await #expect(throws: MartletError.self) { try await store.put(text, text: "x") }
            #expect(error?.code == .invalidParameterValue)
            let missing = await #expect(throws: MartletError.self) { try await store.digest(of: key) }
            #expect(missing?.code == .resourceDoesNotExist)
        }
    }

    @Test("goes on collecting when an upload is gone that was just listed")
    func goneUpload() async throws {
        try await withScriptedStore({ request in
            switch request.method {
            case .DELETE: Self.noSuchUpload
            case .GET where request.target.contains("uploads="):
                ScriptedAnswer(
                    200,
                    text: """
                        <R><Upload><Key>folder/a</Key><UploadId>1</UploadId>
                        <Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload></R>
                        """
                )
            default: nil
            }
        }) { store in
            _ = try await store.removeUnfinishedUploads(before: Timestamp(milliseconds: 1_767_225_600_000))
        }
    }
}

/// Counts from 1.
private final class Counter: Sendable {
    private let last = Atomic(0)

    var count: Int { last.load(ordering: .relaxed) }

    func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
