import Testing

@testable import CommandLine

@Suite("An age")
struct AgeTests {
    @Test(
        "is read as MLflow reads it",
        arguments: [
            ("30d", 2_592_000_000), ("8h", 28_800_000), ("2d8h5m20s", 201_920_000), ("2m4s", 124_000),
            ("1.5d", 129_600_000),
            ("0d", 0),
        ] as [(String, Int64)]
    )
    func read(text: String, milliseconds: Int64) {
        #expect(Age(argument: text)?.milliseconds == milliseconds)
    }

    @Test("is none", arguments: ["", "30", "d", "5s2m", "1d1d", "1w", "-1d", "1..5d", "99999999999d", "1 d"])
    func refused(text: String) {
        #expect(Age(argument: text) == nil)
    }
}
