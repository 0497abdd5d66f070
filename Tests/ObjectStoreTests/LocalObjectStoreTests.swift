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
        #expect(try await store.digest(of: ObjectKey("1/ü/a b.txt")) == stored.digest)
        #expect(try await store.localPath(ObjectKey("1/ü/a b.txt")) == "\(scratch.root)/1/ü/a b.txt")
        #expect(try scratch.names("artifacts/.martlet-uploads") == [])
    }

    @Test("keeps what differs in bytes apart, even where Swift sees the same text")
    func spellings() async throws {
        try await store.put("\u{e9}/\u{301}x", text: "composed")
        try await store.put("e\u{301}/\u{301}x", text: "decomposed")
        #expect(try await store.text("\u{e9}/\u{301}x") == "composed")
        #expect(try await store.text("e\u{301}/\u{301}x") == "decomposed")
        #expect(try await store.list(.root).map { Array($0.name.unicodeScalars).count } == [2, 1])
    }

    @Test("keeps an empty object")
    func empty() async throws {
        let stored = try await store.put(ObjectKey("empty"), from: Body(count: 0, size: 0))
        #expect(stored.size == 0)
        #expect(stored.digest == ContentDigest(of: []))
        #expect(try await store.text("empty") == "")
        #expect(try await store.list(.root).map(\.size) == [0])
    }

    @Test(
        "reads the bytes of a range and leaves out what lies beyond",
        arguments: [
            (0..<10, "0123456789"), (0..<1, "0"), (3..<7, "3456"), (9..<10, "9"), (5..<5, ""), (8..<100, "89"),
            (10..<20, ""), (1000..<2000, ""), (-5..<2, "01"),
        ] as [(Range<Int64>, String)]
    )
    func ranges(range: Range<Int64>, expected: String) async throws {
        try await store.put("digits", text: "0123456789")
        #expect(try await store.text("digits", range) == expected)
    }

    @Test("reads a range that spans chunks")
    func rangeAcrossChunks() async throws {
        try await store.put(ObjectKey("big"), from: Body(count: 10, size: 100_000), expectedLength: 1_000_000)
        let reader = try await store.open(ObjectKey("big"))
        #expect(reader.size == 1_000_000)
        var counts: [UInt8: Int] = [:]
        var chunks = 0
        for try await buffer in reader.read(99_999..<900_001) {
            #expect(buffer.readableBytes <= 256 * 1024)
            for byte in buffer.readableBytesView { counts[byte, default: 0] += 1 }
            chunks += 1
        }
        #expect(chunks == 4)
        #expect(counts[0] == 1 && counts[9] == 1)
        #expect((1...8).allSatisfy { counts[$0] == 100_000 })
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

    @Test("lists a folder by name in byte order, sizes for files only")
    func list() async throws {
        for name in ["m/b", "m/B", "m/a/x", "m/a/y/z", "m/é", "m/a.txt", "n"] { try await store.put(name, text: name) }
        let listing = try await store.list(ObjectKey("m"))
        #expect(listing.map(\.name) == ["B", "a", "a.txt", "b", "é"])
        #expect(listing.map(\.isDirectory) == [false, true, false, false, false])
        #expect(listing.map(\.size) == [3, nil, 7, 3, 4])
        #expect(
            try await store.list(ObjectKey("m"), recursive: true).map(\.name)
                == ["B", "a", "a.txt", "a/x", "a/y", "a/y/z", "b", "é"]
        )
        #expect(try await store.list(.root).map(\.name) == ["m", "n"])
        #expect(try await store.list(ObjectKey("missing")).isEmpty)
        #expect(try await store.list(ObjectKey("n")).isEmpty)
        #expect(try await store.list(ObjectKey("n/below")).isEmpty)
    }

    @Test("deletes an object, a tree, and nothing where nothing is")
    func delete() async throws {
        for name in ["m/a", "m/b/c", "m/b/d/e"] { try await store.put(name, text: name) }
        try await store.delete(ObjectKey("m/a"))
        #expect(try await !store.exists(ObjectKey("m/a")))
        #expect(try await store.exists(ObjectKey("m")))
        try await store.delete(ObjectKey("m/b"))
        #expect(try await store.list(.root, recursive: true).map(\.name) == ["m"])
        try await store.delete(ObjectKey("m/b"))
        try await store.delete(ObjectKey("never/was"))
        #expect(try scratch.names("artifacts/.martlet-uploads") == [])
        let error = await #expect(throws: MartletError.self) { try await store.delete(.root) }
        #expect(error?.code == .invalidParameterValue)
    }

    @Test("says what is missing and what is a folder")
    func refusals() async throws {
        try await store.put("m/a", text: "a")
        for (key, code, message) in [
            ("x/y", MartletError.Code.resourceDoesNotExist, "No such artifact: 'x/y'"),
            ("m/a/b", .resourceDoesNotExist, "No such artifact: 'm/a/b'"),
            ("m", .invalidParameterValue, "Artifact path refers to a directory, not a file: 'm'"),
        ] {
            let opened = await #expect(throws: MartletError.self) { try await store.open(ObjectKey(key)) }
            #expect(opened?.code == code && opened?.message == message)
            let hashed = await #expect(throws: MartletError.self) { try await store.digest(of: ObjectKey(key)) }
            #expect(hashed?.code == code && hashed?.message == message)
        }
        for key in ["m", "m/a/b", "m/a/b/c"] {
            let error = await #expect(throws: MartletError.self) { try await store.put(key, text: "b") }
            #expect(error?.code == .invalidParameterValue, "\(key)")
        }
        let root = await #expect(throws: MartletError.self) {
            try await store.put(.root, from: Body(count: 1, size: 1))
        }
        #expect(root?.message == "Invalid path")
        #expect(try await store.list(.root, recursive: true).map(\.name) == ["m", "m/a"])
        #expect(try scratch.names("artifacts/.martlet-uploads") == [])
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
