import Kernel
import Testing

@Suite("Written JSON")
struct JSONWriterTests {
    @Test("escapes what RFC 8259 says must be, and nothing else")
    func escapes() {
        #expect(JSON.string("a\"b\\c\n\r\t\u{0}\u{8}\u{C}\u{1F}").text == #""a\"b\\c\n\r\t\u0000\u0008\u000c\u001f""#)
        #expect(JSON.string("/\u{7F}\u{E9}\u{2028}\u{1F600}").text == "\"/\u{7F}\u{E9}\u{2028}\u{1F600}\"")
        #expect(JSON.object(["a\"\n": 1]).text == #"{"a\"\n":1}"#)
    }

    @Test(
        "writes a text the same from its bytes",
        arguments: ["", "plain", "\"", "a\"b\\c\n\u{0}\u{1F}é😀", "\\\\", "ende\n"]
    )
    func bytes(text: String) {
        var writer = JSONWriter()
        writer.array { writer in
            writer.keyValue(utf8: Array(text.utf8).span, Array("v".utf8).span)
            writer.keyValue(utf8: Array("k".utf8).span, Array(text.utf8).span)
        }
        let quoted = JSON.string(text).text
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"[{"key":\#(quoted),"value":"v"},{"key":"k","value":\#(quoted)}]"#
        )
    }

    @Test(
        "spells numbers in the fewest digits",
        arguments: [
            (0.1, "0.1"), (1, "1.0"), (-0.0, "-0.0"), (1e21, "1e+21"), (Double.leastNonzeroMagnitude, "5e-324"),
            (123_456.789, "123456.789"),
        ] as [(Double, String)]
    )
    func numbers(number: Double, text: String) {
        #expect(JSON.number(number).text == text)
    }

    @Test(
        "spells whole numbers over all 64 bits",
        arguments: [0, -1, 10, Int64.max, Int64.min, 1_000_000_007] as [Int64]
    )
    func integers(number: Int64) {
        #expect(JSON.integer(number).text == String(number))
    }

    @Test("spells numbers that are not finite as MLflow does")
    func nonFinite() {
        #expect(
            JSON.array([.number(.nan), .number(.infinity), .number(-.infinity)]).text
                == #"["NaN","Infinity","-Infinity"]"#
        )
        var writer = JSONWriter()
        writer.array { writer in
            writer.value(Float.nan)
            writer.value(Float(0.1))
        }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"["NaN",0.1]"#)
    }

    @Test("places its commas by itself, at every level")
    func commas() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("empty")
            writer.array { _ in }
            writer.name(data: "list")
            writer.array { writer in
                writer.null()
                writer.value(true)
                writer.object { _ in }
                writer.raw("[1]".utf8)
                writer.value("x")
            }
            writer.name("last")
            writer.value(2)
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == #"{"empty":[],"list":[null,true,{},[1],"x"],"last":2}"#
        )
    }

    @Test("in canonical form is one text for one value: members by code point, no spaces")
    func canonical() throws {
        let value = try JSON.parse(
            #" {"b": 1, "a": {"\uD83D\uDE00": 1, "\uFFFD": 2, "": 3}, "B": [ {"y":1,"x":2} ]} "#.utf8
        )
        // U+FFFD stands before U+1F600 by code point, behind it by UTF-16.
        #expect(
            value.canonicalText == "{\"B\":[{\"x\":2,\"y\":1}],\"a\":{\"\":3,\"\u{FFFD}\":2,\"\u{1F600}\":1},\"b\":1}"
        )
    }

    @Test("in canonical form keeps texts apart that only look the same")
    func canonicalEquivalence() {
        // Both spell é: one as a letter, one as e with an accent.
        let letter = JSON.object(["\u{E9}": 1]).canonicalText
        let accent = JSON.object(["e\u{301}": 1]).canonicalText
        #expect(!letter.utf8.elementsEqual(accent.utf8))
    }
}
