import FoundationEssentials

extension Timestamp {
    /// The moment in UTC with milliseconds, as ISO 8601 and Python's `isoformat` write it:
    /// `2026-01-31T12:00:00.250+00:00`.
    package var iso8601: String {
        // Seconds and milliseconds apart: a fraction is not what it was after a division.
        let fraction = ((milliseconds % 1000) + 1000) % 1000
        let seconds = Date(timeIntervalSince1970: Double((milliseconds - fraction) / 1000))
        let text = seconds.formatted(Date.ISO8601FormatStyle()).prefix { $0 != "Z" }
        return "\(text).\(fraction < 100 ? "0" : "")\(fraction < 10 ? "0" : "")\(fraction)+00:00"
    }

    /// The same as JavaScript's `toISOString` writes it: `2026-01-31T12:00:00.250Z`.
    package var iso8601Zulu: String { iso8601.dropLast("+00:00".count) + "Z" }

    /// The moment that `text` is in ISO 8601, with its zone, to the millisecond; nil for any other text.
    package init?(iso8601 text: String) {
        for hasFraction in [true, false] {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: hasFraction)
            guard let date = try? style.parse(text) else { continue }
            self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
            return
        }
        return nil
    }
}
