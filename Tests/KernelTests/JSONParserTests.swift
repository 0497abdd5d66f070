import Kernel
import Testing

@Suite("A JSON text")
struct JSONParserTests {
    private static let valid: [(text: String, value: JSON)] = [
        ("null", .null),
        (" \t\r\n true \n", true),
        ("false", false),
        ("0", 0),
        ("-0", 0),
        ("17", 17),
        ("-17", -17),
        ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
        ("1.0", .number(1)),
        ("-0.0", .number(-0.0)),
        ("0e5", .number(0)),
        ("0e99999999999999999999", .number(0)),
        ("1E2", .number(100)),
        ("1e+2", .number(100)),
        ("125e-2", .number(1.25)),
        ("5e-324", .number(.leastNonzeroMagnitude)),
        ("1e-400", .number(0)),
        ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
        ("\"\"", ""),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "A\u{E9}\u{20AC}"),
        (#""\u0000""#, "\u{0}"),
        (#""\ud83d\ude00""#, "\u{1F600}"),
        (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        ("\"\u{7F}\u{E9}\u{1F600}\u{2028}\"", "\u{7F}\u{E9}\u{1F600}\u{2028}"),
        ("[]", []),
        ("[ ]", []),
        ("[1,[2],{}]", [1, [2], [:]]),
        ("{}", [:]),
        ("{ }", [:]),
        (#"{"a" : 1 , "b":[null]}"#, ["a": 1, "b": [nil]]),
        (#"{"":0}"#, ["": 0]),
    ]

    @Test("of RFC 8259 is read as what it says", arguments: valid)
    func reads(text: String, value: JSON) throws {
        #expect(try JSON.parse(text.utf8) == value)
    }

    private static let invalid: [String] = [
        "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined", "'a'",
        "+1", "-", "01", "-01", "00", "1.", ".5", "1.e3", "1e", "1e+", "0x10", "1_000", "1e400", "-1e400",
        "- 1", "1 2", "\u{FEFF}1", "\u{A0}1", "1\u{0}",
        "\"", "\"a", "\"\n\"", "\"\t\"", "\"\u{0}\"", #""\a""#, #""\""#, #""\u12""#, #""\u12G4""#, #""\u+123""#,
        #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\ud800""#, #""\ud800\u0041""#, #""\ud8"#,
        "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "[1,,2]", "[1}", "[\"a",
        "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{,}", "{a:1}", "{1:1}", "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1]", "// no\n1", "1 // no", "/* no */ 1",
    ]

    @Test("that breaks RFC 8259 is refused", arguments: invalid)
    func refuses(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(text.utf8) }
    }

    private static let notUTF8: [[UInt8]] = [
        [0x80], [0xC3], [0xC3, 0x28], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xFF],
    ]

    @Test("whose strings are not UTF-8 is refused, with and without escapes", arguments: notUTF8)
    func refusesBadUTF8(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSON.parse([0x22] + bytes + [0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSON.parse([0x22] + Array(#"\n"#.utf8) + bytes + [0x22]) }
    }

    @Test("may be 128 levels deep and no deeper", arguments: [("[", "]"), ("{\"a\":", "}")])
    func depth(open: String, close: String) throws {
        func nested(_ levels: Int) -> String {
            String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
        }
        let value = try JSON.parse(nested(128).utf8)
        #expect(value.text == nested(128))
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(nested(129).utf8) }
        // A stranger's text must not take the stack.
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(String(repeating: open, count: 1_000_000).utf8) }
    }

    @Test("is refused with the byte at which it went wrong", arguments: [("[1,x]", 3), ("{\"a\":1", 6), ("12 3", 3)])
    func offset(text: String, offset: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSON.parse(text.utf8) }
        #expect(error?.offset == offset)
    }

    @Test("may hold NaN and infinities only where that is asked for")
    func nonFinite() throws {
        let text = "[NaN, Infinity, -Infinity, -1]"
        let values = try #require(try JSON.parse(text.utf8, nonFinite: .accept).arrayValue?.compactMap(\.doubleValue))
        #expect(values.count == 4 && values[0].isNaN)
        #expect(Array(values.dropFirst()) == [.infinity, -.infinity, -1])
        for text in ["-NaN", "+Infinity", "Inf", "nan", "-I", "N"] {
            #expect(throws: JSONSyntaxError.self) { try JSON.parse(text.utf8, nonFinite: .accept) }
        }
    }

    @Test("that names a member twice means the last one")
    func doubledName() throws {
        let object = try #require(try JSON.parse(#"{"a":1,"b":2,"a":3}"#.utf8).objectValue)
        #expect(object["a"] == 3)
        #expect(object.members.map(\.name) == ["a", "b", "a"])
    }

    @Test("is the same read in place, from an array and from bytes that are nowhere together")
    func sources() throws {
        let text = #"{"a":[1.5,"\u00e9"]}"#
        let bytes = Array(text.utf8)
        let value = try JSON.parse(bytes)
        #expect(try bytes.withUnsafeBytes { try JSON.parse(raw: $0) } == value)
        #expect(try JSON.parse(bytes.lazy.map { $0 }) == value)
    }
}
