import Testing

@testable import MLflowImport

@Suite("A digest of rows depends on every row and on no order")
struct RowDigestTests {
    private func digest(_ rows: [CanonicalRow]) -> RowDigest {
        var digest = RowDigest()
        for row in rows { digest.add(row) }
        return digest
    }

    @Test("The order plays no part, a row twice does")
    func orderAndCount() {
        let rows = [CanonicalRow("a", "b"), CanonicalRow("c"), CanonicalRow("c")]
        #expect(digest(rows) == digest(rows.reversed()))
        #expect(digest(rows) != digest(Array(rows.dropLast())))
        #expect(digest([rows[0]]).hexadecimal.count == 64)
    }

    @Test("Parts together are the whole")
    func parts() {
        var sum = digest([CanonicalRow("a")])
        sum.add(contentsOf: digest([CanonicalRow("b")]))
        #expect(sum == digest([CanonicalRow("b"), CanonicalRow("a")]))
    }

    @Test("Where one text ends and the next begins makes a difference, and so does what is missing")
    func boundaries() {
        #expect(digest([CanonicalRow("ab", "")]) != digest([CanonicalRow("a", "b")]))
        var missing = CanonicalRow("a")
        missing.add(nil as String?)
        #expect(digest([missing]) != digest([CanonicalRow("a", "")]))
    }

    @Test("Numbers count bit for bit, with one zero and one NaN")
    func numbers() {
        func row(_ value: Double) -> RowDigest {
            var row = CanonicalRow()
            row.add(value)
            return digest([row])
        }
        #expect(row(0.1 + 0.2) != row(0.3))
        #expect(row(-0.0) == row(0))
        #expect(row(.nan) == row(-.nan))
        #expect(row(.nan) != row(0))
    }
}
