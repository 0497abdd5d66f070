import Testing

@testable import CommandLine

@Suite("A path among artifacts")
struct ArtifactPathTests {
    @Test(
        "names the place of a download below the target, as it lay in the run",
        arguments: [
            ("a/b/c.txt", "a", "b/c.txt"), ("a/b.txt", "", "a/b.txt"), ("x", "", "x"), ("a/\u{301}b", "a", "\u{301}b"),
        ]
    )
    func place(path: String, parent: String, place: String) throws {
        #expect(try ArtifactPath.place(of: path, from: parent) == place)
    }

    @Test(
        "never leads out of the target",
        arguments: [
            "../x", "a/../../x", "/etc/x", "a//x", "", "a/./x", "b/x\u{0}", "../\u{301}x", "a/../\u{301}../x", "a/..",
        ]
    )
    func outside(path: String) {
        #expect(throws: (any Error).self) { try ArtifactPath.place(of: path, from: "") }
    }

    @Test("never leads elsewhere than what was asked for", arguments: ["other/x", "ab/x", "a", "a/"])
    func elsewhere(path: String) {
        #expect(throws: (any Error).self) { try ArtifactPath.place(of: path, from: "a") }
    }

    @Test(
        "is taken without slashes around it",
        arguments: [("/a//b/", "a/b", "a"), ("a", "a", ""), ("//", "", ""), ("a/\u{301}b", "a/\u{301}b", "a")]
    )
    func trimmed(path: String, trimmed: String, parent: String) {
        #expect(ArtifactPath.trimmed(path) == trimmed)
        #expect(ArtifactPath.parent(of: trimmed) == parent)
    }
}
