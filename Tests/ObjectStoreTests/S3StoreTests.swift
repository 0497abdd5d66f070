import AsyncHTTPClient
import Foundation
import Kernel
import NIOCore
import NIOHTTP1
import ObjectStore
import Testing

@Suite("A store in S3", .timeLimit(.minutes(3)))
struct S3StoreTests {
    let scratch: Scratch
    let bucket: TestBucket
    let cache: ObjectCache
    let store: S3ObjectStore

    init() throws {
        scratch = try Scratch()
        bucket = try TestBucket()
        cache = try ObjectCache(folder: scratch.path + "/cache", bytesMax: 20)
        store = try bucket.store(cache: cache)
    }

    /// Asks the server with a signature that is none: the tests' server looks only whether there is one.
    private func ask(_ method: String, _ path: String, body: String? = nil) async throws -> (status: UInt, text: String)
    {
        var request = HTTPClientRequest(url: "\(bucket.url)/\(TestBucket.name)\(path)")
        request.method = .init(rawValue: method)
        request.headers.add(
            name: "Authorization",
            value:
                "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"
        )
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return (response.status.code, String(buffer: try await response.body.collect(upTo: 1 << 24)))
    }

    private var folder: String { bucket.prefix.replacing(" ", with: "%20") }

    @Test("lies where its location says, under plain names")
    func places() async throws {
        try await store.put("a/ü.txt", text: "x")
        #expect(try await ask("GET", "/\(folder)/a/%C3%BC.txt").text == "x")
        #expect(try await ask("PUT", "/\(folder)/b", body: "not by us").status == 200)
        #expect(try await store.text("b") == "not by us")
    }

    @Test("aborts an upload in parts that is broken off, cancelled or refused")
    func aborted() async throws {
        let key = try ObjectKey("large")
        await #expect(throws: ScratchError.self) {
            try await store.put(key, from: Body(count: 300, size: 100_000, breaksAfter: 200))
        }
        await #expect(throws: ScratchError.self) {
            try await store.put(key, from: Body(count: 300, size: 100_000), expectedLength: nil) { _ in
                throw ScratchError.bodyBroke
            }
        }
        let (body, source) = AsyncStream.makeStream(of: ByteBuffer.self)
        source.yield(ByteBuffer(repeating: 1, count: 9_000_000))
        let upload = Task { [store] in try await store.put(key, from: body) }
        while try await !ask("GET", "?uploads").text.contains(bucket.prefix) {
            try await Task.sleep(for: .milliseconds(20))
        }
        upload.cancel()
        await #expect(throws: CancellationError.self) { try await upload.value }
        #expect(try await !ask("GET", "?uploads").text.contains(bucket.prefix))
        #expect(try await !store.exists(key))
    }

    @Test("lists and deletes more than a page holds")
    func pages() async throws {
        let count = 1005
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= 8 { try await group.next() }
                group.addTask {
                    let answer = try await ask("PUT", "/\(folder)/many/\(10_000 + number)%26", body: "x")
                    guard answer.status == 200 else { throw ScratchError.bodyBroke }
                }
            }
            try await group.waitForAll()
        }
        try await store.put("many/folder/x", text: "x")
        let listed = try await store.list(ObjectKey("many"))
        #expect(listed.count == count + 1 && listed.first?.name == "10000&" && listed.last?.isDirectory == true)
        #expect(try await store.list(.root, recursive: true).count == count + 3)
        try await store.delete(ObjectKey("many"))
        #expect(try await store.list(.root, recursive: true).isEmpty)
    }

    @Test("leaves out what another wrote under a name that is no key, and takes an empty folder's mark for a folder")
    func foreign() async throws {
        for name in ["x//y", "x/../z", "%2E%2E/w", "mark/", "a%5Cb", "x/%2E/w"] {
            _ = try await ask("PUT", "/\(folder)/\(name)", body: "")
        }
        try await store.put("x/fine", text: "x")
        #expect(try await store.list(.root, recursive: true).map(\.name) == ["mark", "x", "x/fine"])
        #expect(try await store.list(ObjectKey("mark")).isEmpty)
    }

    @Test("never gives bytes of an object that came later to who reads an earlier one")
    func replaced() async throws {
        try await store.put("a", text: "old")
        let reader = try await store.open(ObjectKey("a"))
        try await store.put("a", text: "new")
        let error = await #expect(throws: MartletError.self) { for try await _ in reader.read() {} }
        #expect(error?.code == .aborted)
    }

    @Test("that can't be reached is unavailable, and one that has no bucket says so")
    func unreachable() async throws {
        let gone = try bucket.store(cache: cache, at: "http://127.0.0.1:1")
        let error = await #expect(throws: MartletError.self) { try await gone.put("a", text: "x") }
        #expect(error?.code == .temporarilyUnavailable && error?.cause is S3Error)
        #expect(error?.message.contains(bucket.prefix) == false)
        try await store.checkBucket()
        let location = try S3Location(uri: "s3://no-such-bucket", environment: ["AWS_ENDPOINT_URL": bucket.url])
        let nowhere = S3ObjectStore(
            location: location,
            credentials: AWSCredentials(accessKeyID: "x", secretAccessKey: "y"),
            cache: cache,
            clock: WallClock { Timestamp(milliseconds: 0) }
        )
        let refused = await #expect(throws: S3Error.self) { try await nowhere.checkBucket() }
        #expect(refused?.description.contains("NoSuchBucket") == true)
    }

    @Test("copies an object once, notices a damaged copy, and keeps no more copies than it may")
    func copies() async throws {
        let root = store.localRoot
        func kept() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: root).filter { $0.count == 64 }
        }
        let key = try ObjectKey("model")
        let digest = try await store.put("model", text: "0123456789").digest
        #expect(try await read(key, digest) == "0123456789")
        #expect(try kept() == [digest.hexadecimal])
        // What is copied is not asked for again.
        _ = try await ask("DELETE", "/\(folder)/model")
        #expect(try await read(key, digest) == "0123456789")
        try Data("damaged".utf8).write(to: URL(filePath: "\(root)/\(digest.hexadecimal)"))
        let gone = await #expect(throws: MartletError.self) { try await read(key, digest) }
        #expect(gone?.code == .resourceDoesNotExist)
        #expect(try kept() == [])
        try await store.put("model", text: "0123456789")
        #expect(try await read(key, digest) == "0123456789")
        let other = try await store.put("other", text: "abcdefghijklmno").digest
        let held = try await store.localFolder(.root, files: [ObjectContent(path: "model", digest: digest)])
        #expect(try await read(ObjectKey("other"), other) == "abcdefghijklmno")
        #expect(try kept() == [other.hexadecimal])
        #expect(try String(contentsOfFile: held.path + "/model", encoding: .utf8) == "0123456789")
        withExtendedLifetime(held) {}
    }

    private func read(_ key: ObjectKey, _ digest: ContentDigest) async throws -> String {
        var text = ByteBuffer()
        for try await buffer in try await store.open(key, expecting: digest).read() {
            text.writeImmutableBuffer(buffer)
        }
        return String(buffer: text)
    }
}
