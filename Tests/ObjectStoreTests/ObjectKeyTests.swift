import Kernel
import ObjectStore
import Testing

@Suite("An object's key")
struct ObjectKeyTests {
    @Test(
        "is the path that the client meant",
        arguments: [
            ("model/MLmodel", "model/MLmodel"),
            ("1/0a/artifacts/model.onnx", "1/0a/artifacts/model.onnx"),
            ("my%20model/a.txt", "my model/a.txt"),
            ("caf%C3%A9/\u{fc}.txt", "café/ü.txt"),
            ("100%/50%25.txt", "100%/50%.txt"),
            ("%", "%"),
            ("a%2", "a%2"),
            ("./a/./b", "a/b"),
            ("a..b/...", "a..b/..."),
            ("C:x", "C:x"),
            ("~/a", "~/a"),
            ("a/\u{301}b", "a/\u{301}b"),
        ]
    )
    func accepted(text: String, expected: String) throws {
        #expect(try ObjectKey(text).description == expected)
    }

    @Test(
        "is refused in every spelling that could lead out of the store",
        arguments: [
            "", ".", "..", "../a", "a/..", "a/../b", "a/b/../../../etc/passwd", "%2e%2e/a", "%2E%2E%2Fa", "a/%2e./b",
            "%252e%252e/a", "%25252e%25252e%25252fetc", "..%2f..%2fetc%2fpasswd", "..%255c..%255cwindows",
            "/", "/etc/passwd", "//server/share", "%2fetc%2fpasswd", "%252fetc", "a//b", "a/", "a%2f", "a%2f%2fb",
            "\\etc", "a\\b", "..\\a", "a%5cb", "a%255cb", "\\\\server\\share", "C:/x", "c:\\x", "c:", "C%3a/x",
            "file:///etc/passwd", "FILE:/etc/passwd", "file:a", "a#b", "a%23b", "a%2523b",
            "a\0b", "a%00b", "a%2500b", "a\nb", "a%0ab", "a\u{7f}b", "a%c2%85b", "%ff", "a/%80",
            "../\u{301}a", "a/../\u{301}b", "a/..%2F%CC%81b", "/\u{301}etc", "a/\u{301}/../..", "..\u{2f}",
            ".martlet-uploads", ".martlet-uploads/x", "%2emartlet-uploads/x", "./.martlet-uploads",
        ]
    )
    func refused(text: String) {
        let error = #expect(throws: MartletError.self) { try ObjectKey(text) }
        #expect(error?.code == .invalidParameterValue)
        #expect(error?.message == "Invalid path")
    }

    @Test("is bounded in bytes, in each segment, in segments and in rounds of decoding")
    func bounds() throws {
        let segment = String(repeating: "é", count: 127) + "x"
        #expect(try ObjectKey(segment).name == segment)
        #expect(throws: MartletError.self) { try ObjectKey(segment + "x") }
        let longest = Array(repeating: segment, count: 4).joined(separator: "/")
        #expect(try ObjectKey(longest).segments.count == 4)
        #expect(throws: MartletError.self) { try ObjectKey(longest + "/a") }
        #expect(throws: MartletError.self) { try ObjectKey(longest).appending("a") }
        let deepest = Array(repeating: "a", count: 64).joined(separator: "/")
        #expect(try ObjectKey("./" + deepest).segments.count == 64)
        #expect(throws: MartletError.self) { try ObjectKey(deepest + "/a") }
        #expect(throws: MartletError.self) { try ObjectKey(deepest).appending("a") }
        #expect(throws: MartletError.self) { try ObjectKey("%" + String(repeating: "25", count: 11) + "41") }
        #expect(try ObjectKey("%25252541").description == "A")
    }

    @Test("leads up to the folder and down to what is in it")
    func relatives() throws {
        let key = try ObjectKey("a/b/c")
        #expect(try key.parent == ObjectKey("a/b"))
        #expect(key.name == "c")
        #expect(try key.appending("d/e") == ObjectKey("a/b/c/d/e"))
        #expect(try ObjectKey.root.appending("a") == ObjectKey("a"))
        #expect(try ObjectKey("a").parent == .root)
        #expect(try ObjectKey("a/\u{301}b").segments == ["a", "\u{301}b"])
        #expect(ObjectKey.root.isRoot && ObjectKey.root.parent.isRoot)
        #expect(throws: MartletError.self) { try key.appending("../d") }
    }
}
