import Testing

@testable import CommandLine

@Suite("A table")
struct TableTests {
    private static let plain = Style(isColoured: false)
    private static let table = Table(
        columns: [
            .init(title: "ID"), .init(title: "NAME", isFlexible: true), .init(title: "COUNT", isNumber: true),
            .init(title: "NOTE", isFlexible: true, isOptional: true),
        ],
        rows: [
            ["1", "a name that is rather long", "7", "first"],
            ["22", "short", "12345", ""],
        ]
    )

    @Test("stands in columns, numbers at the right, nothing behind the last")
    func columns() {
        #expect(
            Self.table.text(width: nil, style: Self.plain) == """
                ID  NAME                        COUNT  NOTE
                1   a name that is rather long      7  first
                22  short                       12345
                """
        )
    }

    @Test("fits every width: long texts are cut, then columns go that may", arguments: 4...60)
    func fits(width: Int) {
        for line in Self.table.text(width: width, style: Self.plain).split(separator: "\n") {
            #expect(DisplayText.width(String(line)) <= max(width, 10), "\(line)")
        }
    }

    @Test("cuts the widest text first and keeps identities whole")
    func cuts() {
        let lines = Self.table.text(width: 36, style: Self.plain).split(separator: "\n")
        #expect(lines[1].hasPrefix("1   a name that is ra…  "))
        #expect(lines[2].contains("22  short"))
    }

    @Test("leaves its optional columns out where there is no room")
    func drops() {
        let text = Self.table.text(width: 24, style: Self.plain)
        #expect(!text.contains("NOTE"))
        #expect(text.contains("COUNT"))
    }

    @Test("cuts an identity only when its texts have nothing left to give")
    func identities() {
        let long = Table(
            columns: [.init(title: "ID"), .init(title: "NAME", isFlexible: true)],
            rows: [["0123456789", "a name that is rather long"]]
        )
        #expect(long.text(width: 14, style: Self.plain) == "ID          N…\n0123456789  a…")
        #expect(long.text(width: 8, style: Self.plain) == "ID     …\n0123…  …")
    }

    @Test("has colours only when they are wanted, and they take no room")
    func colours() {
        let table = Table(columns: [.init(title: "A"), .init(title: "B")], rows: [[.init("x", .good), "y"]])
        #expect(table.text(width: nil, style: Self.plain) == "A  B\nx  y")
        #expect(
            table.text(width: 4, style: Style(isColoured: true))
                == "\u{1B}[1mA\u{1B}[0m  \u{1B}[1mB\u{1B}[0m\n\u{1B}[32mx\u{1B}[0m  y"
        )
    }
}
