import Foundation
import Kernel
import NIOCore
import ObjectStore
import Testing

@Suite("Parts of a file", .timeLimit(.minutes(2)))
struct PartTests {
    private static func now(_ seconds: Int64 = 0) -> Timestamp {
        Timestamp(milliseconds: (Int64(Date().timeIntervalSince1970) + seconds) * 1000)
    }

    private static func put(_ text: String, _ name: String, of upload: String, in store: any ObjectStore) async throws {
        let body = AsyncStream { continuation in
            continuation.yield(ByteBuffer(string: text))
            continuation.finish()
        }
        try await store.put(.part(name, of: upload), from: body)
    }

    @Test("are read and removed, and no listing and no client's path leads to them", arguments: StoreBackend.allCases)
    func hidden(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            try await store.put("a/b", text: "x")
            try await Self.put("one", "1-ab", of: "u1", in: store)
            try await Self.put("two", "2-cd", of: "u1", in: store)
            #expect(try await store.list(.root, recursive: true).map(\.name) == ["a", "a/b"])
            #expect(try await store.list(.root).map(\.name) == ["a"])
            #expect(throws: MartletError.self) { try ObjectKey(ObjectKey.parts(of: "u1").description) }
            #expect(throws: MartletError.self) {
                try ObjectKey.root.appending(decoded: ObjectKey.part("1-ab", of: "u1").description)
            }
            var read = ""
            for name in ["1-ab", "2-cd"] {
                for try await buffer in try await store.open(.part(name, of: "u1")).read() {
                    read += String(buffer: buffer)
                }
            }
            #expect(read == "onetwo")
            try await store.delete(.parts(of: "u1"))
            await #expect(throws: MartletError.self) { try await store.open(.part("1-ab", of: "u1")) }
            #expect(try await store.text("a/b") == "x")
        }
    }

    @Test("go when they are old and their upload is not among those that go on", arguments: StoreBackend.allCases)
    func removal(backend: StoreBackend) async throws {
        try await withStore(backend) { store in
            for upload in ["u1", "u2"] { try await Self.put("x", "1-ab", of: upload, in: store) }
            #expect(try await store.removeParts(before: Self.now(-60), keeping: []) == 0)
            #expect(try await store.removeParts(before: Self.now(60), keeping: ["u2"]) == 1)
            await #expect(throws: MartletError.self) { try await store.open(.part("1-ab", of: "u1")) }
            #expect(try await store.open(.part("1-ab", of: "u2")).size == 1)
            #expect(try await store.removeParts(before: Self.now(60), keeping: []) == 1)
        }
    }

    @Test("are still there after a restart")
    func restart() async throws {
        let scratch = try Scratch()
        try await Self.put("x", "1-ab", of: "u1", in: LocalObjectStore(root: scratch.root))
        let second = try LocalObjectStore(root: scratch.root)
        #expect(try await second.open(.part("1-ab", of: "u1")).size == 1)
    }
}
