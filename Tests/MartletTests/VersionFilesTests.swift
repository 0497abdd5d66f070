import Kernel
import Testing

@testable import Martlet

@Suite("The files of a version")
struct VersionFilesTests {
    @Test("come with their digests, columns with types, tensors with shapes")
    func members() throws {
        let text = """
            {"pin_state": "pinned", "digest": "sha256:ab", "files": [{"path": "MLmodel", "size_bytes": 7, "digest": "sha256:cd"}],
             "signature": {"inputs": [{"name": "x", "type": "double", "required": true}],
                           "outputs": [{"type": "float32", "shape": [-1, 4]}]}}
            """
        let files = VersionFiles(try JSON.parse(Array(text.utf8)))
        #expect(files.pinState == "pinned" && files.digest == "sha256:ab" && files.unpinnedReason.isEmpty)
        #expect(files.files.map(\.path) == ["MLmodel"])
        #expect(files.files.map(\.sizeBytes) == [7])
        #expect(files.files.map(\.digest) == ["sha256:cd"])
        #expect(files.inputs.map { "\($0.name): \($0.type)" } == ["x: double"])
        #expect(files.outputs.map { "\($0.name): \($0.type)" } == [": float32 [-1, 4]"])
    }

    @Test("are none where they are not pinned")
    func unpinned() {
        let files = VersionFiles(["unpinned_reason": "they are elsewhere"])
        #expect(files.unpinnedReason == "they are elsewhere")
        #expect(files.files.isEmpty && files.inputs.isEmpty && files.outputs.isEmpty)
    }
}
