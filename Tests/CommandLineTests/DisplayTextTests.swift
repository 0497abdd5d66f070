import Testing

@testable import CommandLine

@Suite("Text on a terminal")
struct DisplayTextTests {
    @Test(
        "shows control characters in words, so that no name moves the cursor",
        arguments: [
            ("plain", "plain"), ("a\nb", "a\\nb"), ("a\r\nb", "a\\r\\nb"), ("a\tb", "a\\tb"),
            ("\u{1B}[2Jx", "\\u{1b}[2Jx"), ("\u{9B}31m", "\\u{9b}31m"), ("abc\u{202E}fdp", "abc\\u{202e}fdp"),
            ("one\u{200B}", "one\\u{200b}"), ("\u{FEFF}two", "\\u{feff}two"), ("\u{200F}x", "\\u{200f}x"),
            ("👩‍🔬", "👩‍🔬"),
            ("größe 雨 👍", "größe 雨 👍"),
        ]
    )
    func controls(given: String, shown: String) {
        #expect(DisplayText.line(given) == shown)
    }

    @Test("keeps the line breaks of what may have several lines")
    func lines() {
        #expect(DisplayText.lines("a\nb\u{07}") == "a\nb\\u{7}")
    }

    @Test(
        "has the width that a terminal gives it",
        arguments: [("abc", 3), ("größe", 5), ("雨雪", 4), ("👍", 2), ("", 0), ("e\u{301}", 1)]
    )
    func width(text: String, width: Int) {
        #expect(DisplayText.width(text) == width)
    }

    @Test(
        "is cut with an ellipsis, never wider than asked",
        arguments: [("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("雨雪風", 4, "雨…"), ("abc", 1, "…"), ("abc", 0, "")]
    )
    func cut(text: String, columns: Int, expected: String) {
        #expect(DisplayText.cut(text, to: columns) == expected)
        #expect(DisplayText.width(DisplayText.cut(text, to: columns)) <= columns)
    }
}
