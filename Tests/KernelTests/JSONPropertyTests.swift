import Kernel
import Testing

@Suite("Over random inputs, JSON")
struct JSONPropertyTests {
    @Test("numbers read as the standard library reads them")
    func numbers() throws {
        var generator = SplitMix64(seed: testSeed)
        for _ in 0..<20_000 {
            let text = Self.numberText(&generator)
            let expected = try #require(Double(text), "\(text), seed \(testSeed)")
            guard expected.isFinite else {
                #expect(throws: JSONSyntaxError.self, "\(text), seed \(testSeed)") { try JSON.parse(text.utf8) }
                continue
            }
            let value = try JSON.parse(text.utf8).doubleValue
            #expect(
                value?.bitPattern == expected.bitPattern || value == 0 && expected == 0,
                "\(text), seed \(testSeed)"
            )
        }
    }

    @Test("numbers are written so that they read back the same")
    func doubles() throws {
        var generator = SplitMix64(seed: testSeed)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: generator.next())
            guard number.isFinite else { continue }
            let text = JSON.number(number).text
            #expect(try JSON.parse(text.utf8) == .number(number), "\(text), seed \(testSeed)")
            let single = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            guard single.isFinite else { continue }
            var writer = JSONWriter()
            writer.value(single)
            let back = try JSON.parse(writer.bytes).doubleValue
            #expect(back.map { Float($0) } == single, "\(single), seed \(testSeed)")
        }
    }

    @Test("values read back as they were written, plain and canonical")
    func roundTrip() throws {
        var generator = SplitMix64(seed: testSeed)
        for _ in 0..<3_000 {
            let value = Self.value(depth: 4, &generator)
            #expect(try JSON.parse(value.text.utf8) == value, "seed \(testSeed)")
            let canonical = value.canonicalText
            #expect(try JSON.parse(canonical.utf8).canonicalText == canonical, "seed \(testSeed)")
        }
    }

    @Test("readers never crash on random bytes, and what they take they can write")
    func randomBytes() throws {
        var generator = SplitMix64(seed: testSeed)
        let alphabet =
            Array("{}[]\",:\\u0123456789abcdefD8C.eE+-trufalsn NaIity\u{E9}\u{1F600}".utf8) + [0x00, 0x1F, 0xFF]
        for round in 0..<60_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                round.isMultiple(of: 2)
                    ? UInt8(truncatingIfNeeded: generator.next())
                    : alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            guard let value = Self.parsed(bytes) else { continue }
            #expect(Self.parsed(Array(value.text.utf8)) != nil, "\(bytes), seed \(testSeed)")
        }
    }

    @Test("readers never crash on damaged texts")
    func damagedTexts() {
        var generator = SplitMix64(seed: testSeed)
        for _ in 0..<5_000 {
            var bytes = Array(Self.value(depth: 3, &generator).text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes.remove(at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            _ = Self.parsed(bytes)
        }
    }

    // MARK: Inputs

    /// What the reader makes of `bytes`; a refusal is as good an answer as a value.
    private static func parsed(_ bytes: [UInt8]) -> JSON? {
        do {
            return try JSON.parse(bytes, nonFinite: .accept)
        } catch {
            return nil
        }
    }

    private static func digits(_ counts: ClosedRange<Int>, _ generator: inout SplitMix64) -> String {
        let count = Int.random(in: counts, using: &generator)
        return String((0..<count).map { _ in Character(String(Int.random(in: 0...9, using: &generator))) })
    }

    private static func numberText(_ generator: inout SplitMix64) -> String {
        var text = Bool.random(using: &generator) ? "-" : ""
        let isShort = Bool.random(using: &generator)
        text += String(Int.random(in: 1...9, using: &generator)) + digits(0...(isShort ? 14 : 40), &generator)
        if Bool.random(using: &generator) { text += "." + digits(1...(isShort ? 6 : 40), &generator) }
        if Bool.random(using: &generator) {
            let sign = ["", "+", "-"].randomElement(using: &generator) ?? ""
            text += (Bool.random(using: &generator) ? "e" : "E") + sign
            text += String(Int.random(in: 0...(isShort ? 24 : 340), using: &generator))
        }
        return text
    }

    private static func string(_ generator: inout SplitMix64) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...8, using: &generator) {
            let limit: UInt32 = Bool.random(using: &generator) ? 0x80 : 0x110000
            if let scalar = UnicodeScalar(UInt32.random(in: 0..<limit, using: &generator)) { scalars.append(scalar) }
        }
        return String(scalars)
    }

    private static func value(depth: Int, _ generator: inout SplitMix64) -> JSON {
        switch Int.random(in: 0..<(depth == 0 ? 5 : 7), using: &generator) {
        case 0: return .null
        case 1: return .boolean(Bool.random(using: &generator))
        case 2: return .integer(Int64(bitPattern: generator.next()))
        case 3:
            let number = Double(bitPattern: generator.next())
            return .number(number.isFinite ? number : 0.5)
        case 4: return .string(string(&generator))
        case 5:
            return .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in value(depth: depth - 1, &generator) }
            )
        default:
            let count = Int.random(in: 0...4, using: &generator)
            return .object(
                JSONObject((0..<count).map { (string(&generator) + "\($0)", value(depth: depth - 1, &generator)) })
            )
        }
    }
}
