import Kernel
import Testing

@Suite("A secret box")
struct SecretBoxTests {
    private static let key = [UInt8](0..<32)

    @Test("gives back what it sealed, each time sealed otherwise", arguments: ["", "a secret", "schlüssel 🗝", "\n"])
    func roundTrip(secret: String) {
        let box = SecretBox(key: Self.key)
        let sealed = box.seal(secret)
        #expect(box.open(sealed) == secret)
        #expect(box.seal(secret) != sealed)
        #expect(secret.isEmpty || !sealed.contains(secret))
    }

    @Test("gives nothing to another key, and nothing that was changed")
    func refused() {
        let sealed = SecretBox(key: Self.key).seal("a secret")
        #expect(SecretBox(key: Self.key.reversed()).open(sealed) == nil)
        for text in ["", "AAAA", String(sealed.dropLast(4)), "A" + sealed.dropFirst(), sealed + "!"] {
            #expect(text == sealed || SecretBox(key: Self.key).open(text) == nil, "\(text)")
        }
    }

    @Test("mixed with a passphrase opens with that and its key together alone")
    func passphrase() {
        let box = SecretBox(key: Self.key)
        let sealed = box.mixed(with: "correct horse").seal("a secret")
        #expect(SecretBox(key: Self.key).mixed(with: "correct horse").open(sealed) == "a secret")
        #expect(box.open(sealed) == nil && box.mixed(with: "correct horses").open(sealed) == nil)
        #expect(SecretBox(key: Self.key.reversed()).mixed(with: "correct horse").open(sealed) == nil)
    }
}

@Suite("A moment as ISO 8601")
struct TimestampTextTests {
    @Test(
        "has milliseconds and is in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000+00:00"), (1_769_860_800_250, "2026-01-31T12:00:00.250+00:00"),
            (1_769_860_800_001, "2026-01-31T12:00:00.001+00:00"), (-1, "1969-12-31T23:59:59.999+00:00"),
        ] as [(Int64, String)]
    )
    func text(milliseconds: Int64, text: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.iso8601 == text)
        #expect(time.iso8601Zulu == text.prefix(23) + "Z")
        #expect(Timestamp(iso8601: text) == time && Timestamp(iso8601: time.iso8601Zulu) == time)
    }
}
