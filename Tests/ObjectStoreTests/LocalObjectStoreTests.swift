import Crypto
import FoundationEssentials
import Glibc
import Kernel
import NIOCore
import ObjectStore
import Testing

@Suite("A store in a folder")
struct LocalObjectStoreTests {
    let scratch: Scratch
    let store: LocalObjectStore

    init() throws {
        scratch = try Scratch()
        store = try LocalObjectStore(root: scratch.root)
    }

    @Test("gives back what was put, with its size and digest")
    func roundTrip() async throws {
        let stored = try await store.put("1/ü/a b.txt", text: "hello")
        #expect(stored.size == 5)
        #expect(stored.digest == ContentDigest(of: "hello".utf8))
        #expect(try await store.text("1/ü/a b.txt") == "hello")
        #expect(try await store.digest(of: ObjectKey("1/ü/a b.txt")) == stored)
        #expect(try await store.open(ObjectKey("1/ü/a b.txt")).etag == stored.etag)
        #expect(try await store.list(ObjectKey("1/ü")).map(\.etag) == [stored.etag])
        #expect(try await store.localPath(ObjectKey("1/ü/a b.txt")) == "\(scratch.root)/1/ü/a b.txt")
        #expect(try scratch.names("artifacts/.martlet-uploads") == [])
    }

    @Test("changes the entity tag with each put and keeps an open reader on the old object")
    func etag() async throws {
        try await store.put("a", text: "old")
        let key = try ObjectKey("a")
        let old = try await store.open(key)
        #expect(try await store.open(key).etag == old.etag)
        #expect(old.etag.hasPrefix("\"") && old.etag.hasSuffix("\""))
        try await store.put("a", text: "new")
        let new = try await store.open(key)
        #expect(new.etag != old.etag)
        #expect(new.modified >= old.modified && old.modified.milliseconds > 1_600_000_000_000)
        var bytes = ByteBuffer()
        for try await buffer in old.read() { bytes.writeImmutableBuffer(buffer) }
        #expect(String(buffer: bytes) == "old")
    }

    @Test("deletes and takes objects though its folder for uploads was tidied away")
    func tidied() async throws {
        try await store.put("a/b", text: "x")
        try FileManager.default.removeItem(atPath: scratch.root + "/.martlet-uploads")
        try await store.delete(ObjectKey("a/b"))
        #expect(try await !store.exists(ObjectKey("a/b")))
        try FileManager.default.removeItem(atPath: scratch.root + "/.martlet-uploads")
        try await store.put("a/b", text: "x")
        #expect(try await store.text("a/b") == "x")
    }

    @Test("keeps a folder whose last object was deleted")
    func emptied() async throws {
        try await store.put("m/a/b", text: "x")
        try await store.delete(ObjectKey("m/a"))
        #expect(try await store.list(.root, recursive: true).map(\.name) == ["m"])
        #expect(try await store.exists(ObjectKey("m")))
    }

    @Test("makes its folder and those above it, and finds its objects again")
    func reopen() async throws {
        let deep = try LocalObjectStore(root: scratch.path + "/x/y/../z/store")
        try await deep.put("a", text: "kept")
        #expect(try await LocalObjectStore(root: scratch.path + "/x/z/store").text("a") == "kept")
        let error = #expect(throws: MartletError.self) { try LocalObjectStore(root: "/dev/null/store") }
        #expect(error?.cause is ObjectStoreError)
        #expect(error?.message.contains("/dev") == false)
    }

    @Test("reads nothing that is no file")
    func pipe() async throws {
        #expect(mkfifo(scratch.root + "/pipe", 0o600) == 0)
        await #expect(throws: MartletError.self) { try await store.open(ObjectKey("pipe")) }
        #expect(try await store.list(.root).isEmpty)
    }

    @Test("says that data is lost when a file has shrunk under its reader")
    func truncated() async throws {
        try await store.put("a", text: "0123456789")
        let reader = try await store.open(ObjectKey("a"))
        #expect(truncate(scratch.root + "/a", 4) == 0)
        let error = await #expect(throws: MartletError.self) { for try await _ in reader.read() {} }
        #expect(error?.code == .dataLoss)
    }
}
