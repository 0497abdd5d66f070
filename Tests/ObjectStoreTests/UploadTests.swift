import Crypto
import FoundationEssentials
import Glibc
import Kernel
import NIOCore
import ObjectStore
import Testing

@Suite("An upload", .serialized)
struct UploadTests {
    let scratch: Scratch
    let store: LocalObjectStore

    init() throws {
        scratch = try Scratch()
        store = try LocalObjectStore(root: scratch.root)
    }

    @Test("that breaks off leaves nothing behind, and what was there stays")
    func broken() async throws {
        try await store.put("a/b", text: "old")
        for key in ["a/b", "c/d"] {
            await #expect(throws: ScratchError.self) {
                try await store.put(ObjectKey(key), from: Body(count: 9, size: 100_000, breaksAfter: 7))
            }
        }
        try await expectOnlyOld()
    }

    @Test("of another length than announced is refused", arguments: [999_999, 1_000_001, 0, 5_000_000] as [Int64])
    func length(announced: Int64) async throws {
        try await store.put("a/b", text: "old")
        let error = await #expect(throws: MartletError.self) {
            try await store.put(ObjectKey("a/b"), from: Body(count: 10, size: 100_000), expectedLength: announced)
        }
        #expect(error?.code == .invalidParameterValue)
        #expect(error?.message.hasPrefix("'a/b' was announced with \(announced) bytes; ") == true)
        try await expectOnlyOld()
    }

    @Test("that is cancelled leaves nothing behind")
    func cancelled() async throws {
        try await store.put("a/b", text: "old")
        let (body, source) = AsyncStream.makeStream(of: ByteBuffer.self)
        source.yield(ByteBuffer(repeating: 1, count: 400_000))
        let upload = Task { try await store.put(ObjectKey("a/b"), from: body) }
        while try scratch.names("artifacts/.martlet-uploads").isEmpty { await Task.yield() }
        upload.cancel()
        await #expect(throws: CancellationError.self) { try await upload.value }
        try await expectOnlyOld()
    }

    @Test("is never torn by others to the same key: one of them stays, whole")
    func concurrent() async throws {
        let key = try ObjectKey("deep/er/key")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for fill in UInt8(1)...20 {
                group.addTask { try await store.put(key, from: Body(count: 20 + Int(fill), size: 65_536, fill: fill)) }
            }
            for _ in 0..<20 {
                group.addTask { try await expectWhole(key) }
            }
            try await group.waitForAll()
        }
        try await expectWhole(key)
        #expect(try await store.exists(key))
        #expect(try scratch.names("artifacts/.martlet-uploads") == [])
    }

    @Test("survives that the folders on its way are deleted again and again")
    func deletedMeanwhile() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask { try await store.put("x/y/z/\(number)", text: "text") }
                group.addTask { try await store.delete(ObjectKey("x")) }
            }
            try await group.waitForAll()
        }
        try await store.put("x/y/z/last", text: "text")
        #expect(try await store.text("x/y/z/last") == "text")
    }

    @Test("that a crash left unfinished goes at the next start; one that is under way stays")
    func leftovers() async throws {
        try scratch.write("half", to: "artifacts/.martlet-uploads/upload-1")
        let tree = scratch.root + "/.martlet-uploads/deleted-1/a/b"
        try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
        try scratch.write("gone", to: "artifacts/.martlet-uploads/deleted-1/a/b/c")
        try scratch.link("artifacts/.martlet-uploads/deleted-1/link", to: "../../kept")
        try await store.put("kept", text: "kept")

        let (body, source) = AsyncStream.makeStream(of: ByteBuffer.self)
        let upload = Task { try await store.put(ObjectKey("slow"), from: body) }
        while try scratch.names("artifacts/.martlet-uploads").count < 3 { await Task.yield() }
        let second = try LocalObjectStore(root: scratch.root)
        #expect(try scratch.names("artifacts/.martlet-uploads").count == 1)
        source.yield(ByteBuffer(string: "made it"))
        source.finish()
        #expect(try await upload.value.size == 7)
        #expect(try await second.text("slow") == "made it")
        #expect(try await second.text("kept") == "kept")
    }

    @Test("of 300 MB, its reading back and its digest need little memory")
    func memory() async {
        // In a process of its own: what other tests take at the same time would count.
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            defer { withExtendedLifetime(scratch) {} }
            let store = try LocalObjectStore(root: scratch.root)
            let key = try ObjectKey("large")
            _ = try await store.put(key, from: Body(count: 64, size: 65_536))
            let before = try residentBytes()
            let stored = try await store.put(key, from: Body(count: 4800, size: 65_536), expectedLength: 314_572_800)
            var hash = SHA256()
            for try await buffer in try await store.open(key).read() {
                buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            }
            #expect(ContentDigest(hash.finalize()) == stored.digest)
            #expect(try await store.digest(of: key) == stored)
            let grownBytes = try residentBytes() - before
            #expect(grownBytes < 50_000_000, "grew by \(grownBytes) bytes")
        }
    }

    @Test(
        "on a full disk is refused with a clear text, and reading and deleting go on",
        .enabled(if: geteuid() == 0, "only root may mount")
    )
    func full() async throws {
        let disk = scratch.path + "/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        try #require(mount("none", disk, "tmpfs", 0, "size=4m") == 0, "mount: \(errno)")
        defer { umount2(disk, Int32(MNT_DETACH)) }
        let small = try LocalObjectStore(root: disk)
        try await small.put(ObjectKey("fits"), from: Body(count: 48, size: 65_536))
        let error = await #expect(throws: MartletError.self) {
            try await small.put(ObjectKey("m/large"), from: Body(count: 80, size: 65_536))
        }
        #expect(error?.code == .temporarilyUnavailable)
        #expect(
            error?.message
                == "The artifact storage is full: 'm/large' was not stored. Free space, then send it again."
        )
        let cause = try #require(error?.cause as? ObjectStoreError)
        #expect(cause.code == .full && cause.errorNumber == ENOSPC)
        #expect(cause.description.contains("No space left on device"))
        #expect(try await small.list(.root, recursive: true).map(\.name) == ["fits"])
        #expect(try await small.digest(of: ObjectKey("fits")).digest.hexadecimal.count == 64)
        try await small.delete(ObjectKey("fits"))
        #expect(try await small.put(ObjectKey("m/large"), from: Body(count: 50, size: 65_536)).size == 3_276_800)
    }

    private func expectOnlyOld() async throws {
        #expect(try await store.list(.root, recursive: true).map(\.name) == ["a", "a/b"])
        #expect(try await store.text("a/b") == "old")
        #expect(try scratch.names("artifacts/.martlet-uploads") == [])
    }

    private func expectWhole(_ key: ObjectKey) async throws {
        guard try await store.exists(key) else { return }
        let reader = try await store.open(key)
        var fills: Set<UInt8> = []
        for try await buffer in reader.read() { fills.formUnion(buffer.readableBytesView) }
        let fill = try #require(fills.first)
        #expect(fills.count == 1)
        #expect(reader.size == Int64((20 + Int(fill)) * 65_536))
    }
}
