import Kernel
import TestSupport
import Testing

@testable import Tracking

@Suite("A filter is cut into words")
struct FilterLexerTests {
    @Test("in time proportional to its length, whatever is never closed", .timeLimit(.minutes(1)))
    func unclosed() {
        let count = 200_000
        for (unit, kinds) in [
            ("(", [FilterLexer.Token.Kind.other]), ("('", [.other]), ("NOT ", [.keyword]),
            ("NOT(", [.keyword, .other]),
        ] {
            let tokens = FilterLexer.tokens(String(repeating: unit, count: count))
            #expect(tokens.count >= count || unit == "('", "\(unit)")
            #expect(tokens.prefix(kinds.count).map(\.kind) == kinds, "\(unit)")
        }
    }

    @Test("at a parenthesis where the one that closes it is, quotes counted as each reading counts them")
    func lists() {
        var random = SplitMix64(seed: 7)
        let alphabet = Array("(()) ''\"\"\\a`".unicodeScalars)
        for _ in 0..<20_000 {
            let length = Int(random.next() % 14)
            let scalars = (0..<length).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            let parentheses = FilterParentheses(scalars)
            for place in scalars.indices where scalars[place] == "(" {
                #expect(parentheses.end(ofListAt: place) == Self.end(ofListAt: place, scalars), "\(scalars) \(place)")
            }
        }
    }

    @Test("so that NOT belongs to the comparator behind it, and to nothing else")
    func negations() {
        func words(_ text: String) -> [String] { FilterLexer.tokens(text).map { "\($0.kind) \($0.text)" } }
        #expect(words("a NOT LIKE 'b'") == ["name a", "comparator NOT LIKE", "string 'b'"])
        #expect(words("a not  not Ilike 'b'") == ["name a", "comparator not not Ilike", "string 'b'"])
        #expect(words("a NOT NOT IN ('b')") == ["name a", "keyword NOT", "keyword NOT", "keyword IN", "list ('b')"])
        #expect(words("NOT NOT = NOT LIKE") == ["keyword NOT", "keyword NOT", "comparator =", "comparator NOT LIKE"])
        #expect(words("NOT") == ["keyword NOT"])
    }

    @Test("and an order that is longer than any key is refused")
    func order() async {
        await expectRefusal(.invalidParameterValue, "Invalid order_by clause: it is longer than 10000 bytes.") {
            try parsedOrder("metrics." + String(repeating: "(", count: 10_000))
        }
    }

    /// Where the list at `place` ends, looked for from there.
    private static func end(ofListAt place: Int, _ scalars: [Unicode.Scalar]) -> Int? {
        var depth = 0
        var index = place
        while index < scalars.count {
            if ["'", "\""].contains(scalars[index]), let end = end(ofQuoteAt: index, scalars) {
                index = end
                continue
            }
            if scalars[index] == "(" { depth += 1 }
            if scalars[index] == ")" { depth -= 1 }
            index += 1
            if depth == 0 { return index }
        }
        return nil
    }

    private static func end(ofQuoteAt start: Int, _ scalars: [Unicode.Scalar]) -> Int? {
        let quote = scalars[start]
        var fallback: Int?
        var index = start + 1
        while index < scalars.count {
            let current = scalars[index]
            if index + 1 < scalars.count, scalars[index + 1] == quote, current == quote || current == "\\" {
                fallback = current == quote ? index + 1 : index + 2
                index += 2
            } else if current == quote {
                return index + 1
            } else {
                index += 1
            }
        }
        return fallback
    }
}
