import FoundationEssentials
import Kernel
import NIOCore
import ObjectStore
import Testing

@Suite("Symbolic links in a store")
struct SymbolicLinkTests {
    let scratch: Scratch
    let store: LocalObjectStore

    init() throws {
        scratch = try Scratch()
        store = try LocalObjectStore(root: scratch.root)
        try scratch.write("secret", to: "secret")
        try scratch.link("artifacts/file", to: "../secret")
        try scratch.link("artifacts/folder", to: scratch.path)
        try scratch.link("artifacts/dangling", to: "nowhere")
        try scratch.link("artifacts/loop", to: "loop")
        // A root's name that begins another's must not let the other in.
        try scratch.link("artifacts/sibling", to: scratch.root + "-other")
        _ = try LocalObjectStore(root: scratch.root + "-other")
    }

    @Test("lead nowhere outside", arguments: ["file", "folder", "folder/secret", "loop", "loop/a", "sibling"])
    func escape(key: String) async throws {
        let key = try ObjectKey(key)
        await refused { _ = try await store.open(key) }
        await refused { _ = try await store.list(key) }
        await refused { _ = try await store.exists(key) }
        await refused { _ = try await store.localPath(key) }
        await refused { _ = try await store.digest(of: key) }
    }

    @Test("let nothing be put or deleted outside")
    func write() async throws {
        await refused { try await store.put("folder/new", text: "x") }
        await refused { try await store.put("folder/a/new", text: "x") }
        await refused { try await store.put("sibling/new", text: "x") }
        await refused { try await store.delete(ObjectKey("folder/secret")) }
        #expect(try scratch.names("") == ["artifacts", "artifacts-other", "secret"])
    }

    @Test("are replaced by a put and removed by a delete, their targets left alone")
    func replaced() async throws {
        try await store.put("file", text: "mine")
        #expect(try await store.text("file") == "mine")
        try await store.put("dangling", text: "mine too")
        try await store.delete(ObjectKey("folder"))
        try await store.delete(ObjectKey("loop"))
        #expect(try await store.list(.root).map(\.name) == ["dangling", "file"])
        #expect(try scratch.names("") == ["artifacts", "artifacts-other", "secret"])
        #expect(try String(contentsOfFile: scratch.path + "/secret", encoding: .utf8) == "secret")
    }

    @Test("that stay inside are followed, listed once, and those that do not are left out")
    func inside() async throws {
        try await store.put("real/a", text: "a")
        try scratch.link("artifacts/alias", to: "real")
        try scratch.link("artifacts/real/up", to: "..")
        #expect(try await store.text("alias/a") == "a")
        try await store.put("alias/b", text: "b")
        #expect(
            try await store.list(.root, recursive: true).map(\.name)
                == ["alias", "real", "real/a", "real/b", "real/up"]
        )
    }

    @Test("out of a folder that others keep, and those to folders, are refused where nothing may be left out")
    func strict() async throws {
        try scratch.write("x", to: "artifacts/plain")
        let folders = OutsideFolders()
        let lenient = try #require(try await folders.store(in: scratch.root))
        #expect(try await lenient.list(.root, recursive: true).map(\.name) == ["plain"])
        let strict = try #require(try await folders.store(in: scratch.root, isStrict: true))
        #expect(try await strict.list(.root).map(\.name) == ["plain"])
        for name in ["file", "folder", "dangling", "loop", "sibling"] {
            let error = await #expect(throws: MartletError.self) { try await strict.list(.root, recursive: true) }
            #expect(error?.code == .permissionDenied)
            try FileManager.default.removeItem(atPath: "\(scratch.root)/\(name)")
        }
        try scratch.link("artifacts/copy", to: "plain")
        #expect(try await strict.list(.root, recursive: true).map(\.name) == ["copy", "plain"])
        try FileManager.default.createDirectory(atPath: scratch.root + "/below", withIntermediateDirectories: false)
        try scratch.link("artifacts/up", to: "below")
        await #expect(throws: MartletError.self) { try await strict.list(.root, recursive: true) }
        let missing = try await folders.store(in: scratch.path + "/none", isStrict: true)
        #expect(missing == nil)
    }

    private func refused(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        let error = await #expect(throws: MartletError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.code == .invalidParameterValue, sourceLocation: sourceLocation)
        #expect(error?.message == "Invalid path", sourceLocation: sourceLocation)
        #expect((error?.cause as? ObjectStoreError)?.code == .outsideRoot, sourceLocation: sourceLocation)
    }
}
