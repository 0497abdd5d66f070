import Kernel
import Testing

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test("leaves unreserved characters, and slashes where they are kept")
    func encode() {
        let text = "a b/100%/größe+&?#.txt"
        #expect(PercentEncoding.encode(text, keepsSlashes: true) == "a%20b/100%25/gr%C3%B6%C3%9Fe%2B%26%3F%23.txt")
        #expect(PercentEncoding.encode("a/b-._~") == "a%2Fb-._~")
    }

    @Test("is undone", arguments: ["", "a b/ü", "100%", "+", "🦆?&=#"])
    func roundTrip(text: String) {
        #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
        #expect(PercentEncoding.decodeForm(PercentEncoding.encode(text)) == text)
    }

    @Test("is not undone where it is none", arguments: ["%", "%2", "a%zz", "%ff"])
    func malformed(text: String) {
        #expect(PercentEncoding.decode(text) == nil)
    }

    @Test("of a form has spaces as plus signs")
    func form() {
        #expect(PercentEncoding.decodeForm("a+b%2B") == "a b+")
        #expect(PercentEncoding.decode("a+b%2B") == "a+b+")
    }

    @Test(
        "is undone until nothing is left to undo, however odd",
        arguments: [
            ("%252e%252e/a", "../a"), ("100%25", "100%"), ("%zz%2e", "%zz."), ("%", "%"), ("%25zz", "%zz"),
            ("%" + String(repeating: "25", count: 12) + "41", nil), ("%ff", nil),
        ] as [(String, String?)]
    )
    func toTheEnd(text: String, decoded: String?) {
        #expect(PercentEncoding.decodeToTheEnd(text) == decoded)
    }
}
