import Foundation
import Kernel
import NIOCore
import ObjectStore
import Testing

@Suite("A store of either kind", .timeLimit(.minutes(2)))
struct StoreTests {
    @Test("gives back what was put, with its size, digest and tag", arguments: StoreBackend.allCases)
    func roundTrip(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            for name in ["1/ü/a b.txt", "100%25 +sure'()*!~-._,;:@&=$", "雨/<&>\"", "a/.b/..c"] {
                let key = try ObjectKey(name)
                let stored = try await store.put(name, text: "hello \(name)")
                #expect(stored.digest == ContentDigest(of: "hello \(name)".utf8))
                #expect(stored.size == Int64("hello \(name)".utf8.count))
                #expect(try await store.text(name) == "hello \(name)")
                #expect(try await store.digest(of: key) == stored)
                #expect(try await store.open(key).etag == stored.etag)
                #expect(try await store.list(key.parent).first { $0.name == key.name }?.etag == stored.etag)
                #expect(try await store.exists(key))
                #expect(try await store.exists(key.parent))
                try await store.put(name, text: "replaced")
                #expect(try await store.text(name) == "replaced")
                try await store.delete(key)
                #expect(try await !store.exists(key))
            }
        }
    }

    @Test("keeps what differs in bytes apart, even where Swift sees the same text", arguments: StoreBackend.allCases)
    func spellings(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            try await store.put("\u{e9}/\u{301}x", text: "composed")
            try await store.put("e\u{301}/\u{301}x", text: "decomposed")
            #expect(try await store.text("\u{e9}/\u{301}x") == "composed")
            #expect(try await store.text("e\u{301}/\u{301}x") == "decomposed")
            #expect(try await store.list(.root).map { Array($0.name.unicodeScalars).count } == [2, 1])
        }
    }

    @Test("keeps an empty object", arguments: StoreBackend.allCases)
    func empty(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            let stored = try await store.put(ObjectKey("empty"), from: Body(count: 0, size: 0))
            #expect(stored.size == 0)
            #expect(stored.digest == ContentDigest(of: []))
            #expect(try await store.text("empty") == "")
            #expect(try await store.list(.root).map(\.size) == [0])
        }
    }

    @Test("reads the bytes of a range and leaves out what lies beyond", arguments: StoreBackend.allCases)
    func ranges(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            try await store.put("digits", text: "0123456789")
            for (range, expected) in [
                (0..<10, "0123456789"), (0..<1, "0"), (3..<7, "3456"), (9..<10, "9"), (5..<5, ""), (8..<100, "89"),
                (10..<20, ""), (1000..<2000, ""), (-5..<2, "01"),
            ] as [(Range<Int64>, String)] {
                #expect(try await store.text("digits", range) == expected, "\(range)")
            }
        }
    }

    @Test("takes an object in many parts and reads a range across them", arguments: StoreBackend.allCases)
    func large(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            let key = try ObjectKey("deep/er/large")
            let stored = try await store.put(key, from: Body(count: 210, size: 100_000), expectedLength: 21_000_000)
            #expect(stored.size == 21_000_000)
            #expect(try await store.digest(of: key) == stored)
            #expect(try await store.list(key.parent).map(\.etag) == [stored.etag])
            let reader = try await store.open(key)
            #expect(reader.size == 21_000_000)
            var read = ByteBuffer()
            for try await buffer in reader.read(8_399_999..<20_900_001) {
                #expect(buffer.readableBytes <= 256 * 1024)
                read.writeImmutableBuffer(buffer)
            }
            // Compared as a whole: byte by byte, a build without optimization takes minutes.
            var expected = ByteBuffer(bytes: [83])
            for byte in UInt8(84)...208 { expected.writeRepeatingByte(byte, count: 100_000) }
            expected.writeBytes([209])
            #expect(read == expected)
        }
    }

    @Test("lists a folder by name in byte order, sizes for files only", arguments: StoreBackend.allCases)
    func list(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            for name in ["m/b", "m/B", "m/a/x", "m/a/y/z", "m/é", "m/a.txt", "m2/x", "n"] {
                try await store.put(name, text: name)
            }
            let listing = try await store.list(ObjectKey("m"))
            #expect(listing.map(\.name) == ["B", "a", "a.txt", "b", "é"])
            #expect(listing.map(\.isDirectory) == [false, true, false, false, false])
            #expect(listing.map(\.size) == [3, nil, 7, 3, 4])
            #expect(
                try await store.list(ObjectKey("m"), recursive: true).map(\.name)
                    == ["B", "a", "a.txt", "a/x", "a/y", "a/y/z", "b", "é"]
            )
            #expect(try await store.list(.root).map(\.name) == ["m", "m2", "n"])
            #expect(try await store.list(ObjectKey("missing")).isEmpty)
            #expect(try await store.list(ObjectKey("n")).isEmpty)
            #expect(try await store.list(ObjectKey("n/below")).isEmpty)
        }
    }

    @Test("deletes an object, a tree, and nothing where nothing is", arguments: StoreBackend.allCases)
    func delete(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            for name in ["m/a", "m/b/c", "m/b/d/e&<>", "m/b2", "m/keep"] { try await store.put(name, text: name) }
            try await store.delete(ObjectKey("m/a"))
            #expect(try await !store.exists(ObjectKey("m/a")))
            #expect(try await store.exists(ObjectKey("m")))
            try await store.delete(ObjectKey("m/b"))
            #expect(try await store.list(.root, recursive: true).map(\.name) == ["m", "m/b2", "m/keep"])
            try await store.delete(ObjectKey("m/b"))
            try await store.delete(ObjectKey("never/was"))
            let error = await #expect(throws: MartletError.self) { try await store.delete(.root) }
            #expect(error?.code == .invalidParameterValue)
        }
    }

    @Test("says what is missing and what is a folder", arguments: StoreBackend.allCases)
    func refusals(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
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
        }
    }

    @Test("stores nothing of an upload that breaks off, is too short or long, or not admitted")
    func broken() async throws {
        for backend in StoreBackend.allCases {
            try await withStore(backend) { store in
                try await store.put("a/b", text: "old")
                for key in try [ObjectKey("a/b"), ObjectKey("c/d")] {
                    // Long enough that the first part is on its way.
                    await #expect(throws: ScratchError.self) {
                        try await store.put(key, from: Body(count: 200, size: 100_000, breaksAfter: 150))
                    }
                    for announced in [999_999, 1_000_001, 0, 5_000_000] as [Int64] {
                        let error = await #expect(throws: MartletError.self) {
                            try await store.put(key, from: Body(count: 10, size: 100_000), expectedLength: announced)
                        }
                        #expect(error?.code == .invalidParameterValue)
                        #expect(error?.message.hasPrefix("'\(key)' was announced with \(announced) bytes; ") == true)
                    }
                    for count in [2, 100] {
                        await #expect(throws: ScratchError.self) {
                            let body = Body(count: count, size: 100_000, fill: 1)
                            try await store.put(key, from: body, expectedLength: nil) { digest in
                                let whole = [UInt8](repeating: 1, count: count * 100_000)
                                #expect(digest == ContentDigest(of: whole))
                                #expect(try await store.list(ObjectKey("c")).isEmpty)
                                throw ScratchError.bodyBroke
                            }
                        }
                    }
                }
                #expect(try await store.list(.root, recursive: true).map(\.name) == ["a", "a/b"])
                #expect(try await store.text("a/b") == "old")
            }
        }
    }

    @Test("keeps one of many uploads to a key, whole", arguments: StoreBackend.allCases)
    func concurrent(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            let key = try ObjectKey("deep/er/key")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for fill in UInt8(1)...8 {
                    group.addTask {
                        try await store.put(key, from: Body(count: 20 + Int(fill), size: 65_536, fill: fill))
                    }
                }
                try await group.waitForAll()
            }
            let reader = try await store.open(key)
            var fills: Set<UInt8> = []
            for try await buffer in reader.read() { fills.formUnion(buffer.readableBytesView) }
            let fill = try #require(fills.first)
            #expect(fills.count == 1 && reader.size == Int64((20 + Int(fill)) * 65_536))
        }
    }

    @Test("gives engines a folder with files of the content that they want", arguments: StoreBackend.allCases)
    func localFolder(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            let model = try await store.put("m/model.onnx", text: "model").digest
            let weights = try await store.put("m/data/w% .bin", text: "weights").digest
            let wanted = [
                ObjectContent(path: "model.onnx", digest: model),
                ObjectContent(path: "data/w% .bin", digest: weights),
            ]
            for _ in 1...2 {
                let folder = try await store.localFolder(ObjectKey("m"), files: wanted)
                #expect(folder.path.hasPrefix(store.localRoot))
                #expect(try String(contentsOfFile: folder.path + "/model.onnx", encoding: .utf8) == "model")
                #expect(try String(contentsOfFile: folder.path + "/data/w% .bin", encoding: .utf8) == "weights")
                withExtendedLifetime(folder) {}
            }
            var text = ByteBuffer()
            let reader = try await store.open(ObjectKey("m/model.onnx"), expecting: model)
            for try await buffer in reader.read() { text.writeImmutableBuffer(buffer) }
            #expect(String(buffer: text) == "model" && reader.size == 5)
            let other = [ObjectContent(path: "model.onnx", digest: ContentDigest(of: "other".utf8))]
            let error = await #expect(throws: MartletError.self) {
                try await store.localFolder(ObjectKey("m"), files: other)
            }
            #expect(error?.code == .resourceConflict)
        }
    }
}
