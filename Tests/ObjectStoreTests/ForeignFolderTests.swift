import FoundationEssentials
import Kernel
import NIOCore
import ObjectStore
import Testing

@Suite("A folder of another program is listed and read")
struct ForeignFolderTests {
    private let scratch: Scratch
    private let store: LocalObjectStore

    init() throws {
        scratch = try Scratch()
        store = try LocalObjectStore(root: scratch.root)
    }

    private func folder(_ name: String) throws -> ForeignFolder {
        let path = "\(scratch.path)/\(name)"
        try FileManager.default.createDirectory(atPath: path + "/deep/er", withIntermediateDirectories: true)
        return ForeignFolder(path, of: OutsideFolders())
    }

    @Test("Files are found at every depth, links to folders are left out")
    func listsFiles() async throws {
        let folder = try folder("other")
        try scratch.write("one", to: "other/a%41.txt")
        try scratch.write("", to: "other/deep/er/empty")
        try scratch.link("other/deep/again", to: folder.path)
        try scratch.link("other/linked", to: "a%41.txt")
        try scratch.link("other/dangling", to: "nowhere")
        let contents = try await folder.contents()
        #expect(
            Set(contents.files) == [
                .init(path: "a%41.txt", sizeBytes: 3), .init(path: "deep/er/empty", sizeBytes: 0),
                .init(path: "linked", sizeBytes: 3),
            ]
        )
        #expect(Set(contents.leftOut) == ["deep/again", "dangling"])
    }

    @Test("The bytes and their digest are those of the file")
    func readsFiles() async throws {
        let folder = try folder("other")
        try scratch.write("content", to: "other/file")
        let file = try #require(try await folder.contents().files.first)
        var text = ""
        for try await chunk in try await folder.open(file).read() { text += String(buffer: chunk) }
        #expect(text == "content")
        #expect(try await folder.digest(of: file) == ContentDigest(of: "content".utf8))
    }

    @Test("A folder that is missing holds nothing, and is not made")
    func missingFolder() async throws {
        let folder = ForeignFolder(scratch.path + "/missing", of: OutsideFolders())
        #expect(try await folder.contents().files.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}
