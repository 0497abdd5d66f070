import Foundation
import Kernel
import Testing

@testable import CommandLine

@Suite("Values for a person")
struct ReadableTests {
    @Test("are times in ISO 8601 with the offset of the place, which read back the same")
    func time() throws {
        let text = Readable.time(Timestamp(milliseconds: 1_700_000_000_123))
        #expect(text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d/) != nil)
        #expect(try Date(text, strategy: .iso8601).timeIntervalSince1970 == 1_700_000_000)
        #expect(Readable.time(nil).isEmpty)
    }

    @Test(
        "are durations",
        arguments: [
            (0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (59_999, "59.9 s"), (60_000, "1 min 00 s"),
            (3_599_999, "59 min 59 s"), (3_600_000, "1 h 00 min"), (90_061_000, "25 h 01 min"),
        ]
    )
    func duration(milliseconds: Int64, text: String) {
        let start = Timestamp(milliseconds: 1_000_000)
        #expect(Readable.duration(start, start.advanced(byMilliseconds: milliseconds)) == text)
        #expect(Readable.duration(start, nil).isEmpty)
        #expect(Readable.duration(start, Timestamp(milliseconds: 5)).isEmpty)
    }

    @Test(
        "are sizes",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_960, "1.0 MB"),
            (40_000_000, "40.0 MB"), (Int64.max, "9223372.0 TB"),
        ]
    )
    func size(bytes: Int64, text: String) {
        #expect(Readable.size(bytes) == text)
    }

    @Test(
        "are numbers",
        arguments: [
            (3.0, "3", "3"), (0.1, "0.1", "0.1"), (1.0 / 3, "0.3333333333333333", "0.333333"),
            (-2.5e-9, "-2.5e-09", "-2.5e-09"), (1e300, "1e+300", "1e+300"), (.infinity, "inf", "inf"),
            (-0x1p63, "-9.223372036854776e+18", "-9.22337e+18"),
        ]
    )
    func number(value: Double, whole: String, rounded: String) {
        #expect(Readable.number(value) == whole)
        #expect(Readable.rounded(value) == rounded)
        #expect(Readable.number(.nan) == "nan")
    }
}
