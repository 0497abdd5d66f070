import Testing

@testable import Kernel

@Suite("The digest of some content")
struct ContentDigestTests {
    private static let digits = String(repeating: "0123456789abcdef", count: 4)

    @Test("is read as it is written, in capitals or not")
    func reading() throws {
        let digest = try #require(ContentDigest("sha256:" + Self.digits))
        #expect(digest.hexadecimal == Self.digits && digest.description == "sha256:" + Self.digits)
        #expect(ContentDigest("sha256:" + Self.digits.uppercased()) == digest)
        #expect(ContentDigest(digits: Self.digits) == digest)
        #expect(ContentDigest(ContentDigest(of: "abc".utf8).description) == ContentDigest(of: "abc".utf8))
    }

    private static let strangers: [String] = {
        let cut = digits.dropLast()
        return [
            "", "sha256:", digits, "SHA256:\(digits)", "md5:\(digits)", "sha256:\(digits)0", "sha256:\(cut)",
            "sha256:\(cut)g", "sha256:\(cut)é", "sha256: \(cut)", "sha256:\(cut)@", "sha256:\(cut)\u{10}",
        ]
    }()

    @Test("is nothing else", arguments: strangers)
    func refusal(text: String) {
        #expect(ContentDigest(text) == nil)
    }
}
