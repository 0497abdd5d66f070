import Testing

@testable import Server

@Suite("A text in a YAML file")
struct YAMLTextTests {
    @Test(
        "stands in quotes, what YAML does not print escaped",
        arguments: [
            ("", #""""#), ("a: b # c", #""a: b # c""#), (#"\ ""#, #""\\ \"""#), ("a\nb\tc\r", #""a\nb\u0009c\u000d""#),
            ("é😀\u{7F}\u{85}\u{A0}", "\"é😀\\u007f\\u0085\u{A0}\""), ("\u{FEFF}\u{FFFE}", #""\ufeff\ufffe""#),
            ("\u{2027}\u{2028}\u{2029}\u{202A}", "\"\u{2027}\\u2028\\u2029\u{202A}\""),
        ]
    )
    func quoted(text: String, wanted: String) {
        #expect(YAMLText.quoted(text) == wanted)
    }

    @Test("is a key as well as a value")
    func mapping() {
        #expect(YAMLText.mapping([]) == " {}\n")
        #expect(YAMLText.mapping([("a b", "1"), ("c", "\"")]) == "\n  \"a b\": \"1\"\n  \"c\": \"\\\"\"\n")
    }
}
