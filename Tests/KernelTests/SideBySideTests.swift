import Kernel
import Testing

@Suite("Things side by side")
struct SideBySideTests {
    @Test("have a row for each name that any of them has, and say where they differ")
    func rows() {
        let table = SideBySide([
            [("b", 1), ("a", "x")], [("a", "x"), ("c", nil)], [("a", "y"), ("a", "x"), ("B", 2)],
        ])
        #expect(table.rows.map(\.key) == ["B", "a", "b", "c"])
        #expect(table.rows.map(\.values) == [[nil, nil, 2], ["x", "x", "x"], [1, nil, nil], [nil, .null, nil]])
        #expect(table.rows.map(\.differs) == [true, false, true, true])
        #expect(SideBySide([]).rows.isEmpty && SideBySide([[]]).rows.isEmpty)
    }
}
