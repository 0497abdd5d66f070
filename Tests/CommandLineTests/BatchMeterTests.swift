import Kernel
import Serving
import Testing

@testable import CommandLine

@Suite("The progress of a batch")
struct BatchMeterTests {
    @Test("tells rows, pace and what is left")
    func text() {
        let progress = BatchProgress(rows: 450_000, rowsNow: 300_000, total: 1_000_000, elapsed: .seconds(2))
        #expect(
            BatchMeter.text(progress) == "45 %  450,000 of 1,000,000 rows  150,000 rows/s  3.6 s left"
        )
        #expect(
            BatchMeter.json(progress).text
                == #"{"rows":450000,"total":1000000,"rows_per_second":150000.0,"seconds_left":3.6666666666666665}"#
        )
    }

    @Test("tells no pace before there is one")
    func begin() {
        let progress = BatchProgress(rows: 0, rowsNow: 0, total: 0, elapsed: .zero)
        #expect(BatchMeter.text(progress) == "100 %  0 of 0 rows")
    }

    @Test(
        "has its digits in threes",
        arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-12_345_678, "-12,345,678")]
    )
    func counts(_ number: Int, _ text: String) {
        #expect(Readable.count(number) == text)
    }
}
