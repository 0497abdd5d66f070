import Kernel

/// Moments and spans of time as protobuf writes them in JSON: `2026-01-31T12:00:00.250Z` and `0.250s`.
enum ProtobufTime {
    /// Protobuf's longest span, ten thousand years.
    private static let secondsMax: Int64 = 315_576_000_000

    /// The moment that `text` names, in UTC or with an offset; what is finer than a millisecond is cut off. Nil when it
    /// names none in the years 1 to 9999.
    static func timestamp(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count >= "2026-01-31T12:00:00Z".utf8.count,
            [bytes[4], bytes[7], bytes[10], bytes[13], bytes[16]] == Array("--T::".utf8),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            hour < 24, minute < 60, second < 60, let days = days(year, month, day)
        else { return nil }
        let zone = bytes[19...].drop { $0 == UInt8(ascii: ".") || isDigit($0) }
        guard let milliseconds = milliseconds(fraction: bytes[19..<zone.startIndex]), let offset = minutes(zone: zone)
        else { return nil }
        let seconds = days * 86_400 + hour * 3600 + (minute - offset) * 60 + second
        return Timestamp(milliseconds: seconds * 1000 + milliseconds)
    }

    /// `time` in UTC, without a fraction of zero.
    static func text(_ time: Timestamp) -> String {
        let text = time.iso8601.dropLast("+00:00".count)
        return (text.hasSuffix(".000") ? text.dropLast(".000".count) : text) + "Z"
    }

    /// How many milliseconds the span of time `text` has; what is finer is cut off. Nil when it is none.
    static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.last == UInt8(ascii: "s") else { return nil }
        let isNegative = bytes.first == UInt8(ascii: "-")
        let length = bytes.dropLast().dropFirst(isNegative ? 1 : 0)
        let whole = length.prefix(while: isDigit)
        guard whole.count <= String(secondsMax).utf8.count, let seconds = number(whole), seconds <= secondsMax,
            let fraction = milliseconds(fraction: length[whole.endIndex...])
        else { return nil }
        return (seconds * 1000 + fraction) * (isNegative ? -1 : 1)
    }

    /// A span of `milliseconds`, without a fraction of zero.
    static func text(milliseconds: Int64) -> String {
        let (seconds, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        let fraction = rest == 0 ? "" : "." + String(1000 + rest).dropFirst()
        return "\(milliseconds < 0 ? "-" : "")\(seconds)\(fraction)s"
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// The number that at most a dozen digits write; nil without any.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
        return digits.reduce(0) { 10 * $0 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// The milliseconds of `.25`, 0 of nothing; nil for more or fewer digits than one to nine.
    private static func milliseconds(fraction: ArraySlice<UInt8>) -> Int64? {
        guard !fraction.isEmpty else { return 0 }
        let digits = fraction.dropFirst()
        guard fraction.first == UInt8(ascii: "."), digits.count <= 9, number(digits) != nil else { return nil }
        return number((digits + Array("00".utf8)).prefix(3))
    }

    /// How many minutes a zone is before UTC, `Z` or `+01:00`.
    private static func minutes(zone: ArraySlice<UInt8>) -> Int64? {
        let zone = Array(zone)
        if zone == [UInt8(ascii: "Z")] { return 0 }
        guard zone.count == "+01:00".utf8.count, zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
            zone[3] == UInt8(ascii: ":"), let hours = number(zone[1..<3]), let minutes = number(zone[4..<6]),
            hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (zone[0] == UInt8(ascii: "-") ? -1 : 1)
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar; nil when there is no such date.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard year >= 1, (1...12).contains(month), (1...lengths[Int(month) - 1]).contains(day) else { return nil }
        let before = year - 1
        let wholeYears = before * 365 + before / 4 - before / 100 + before / 400
        let wholeMonths = lengths.prefix(Int(month) - 1).reduce(0, +)
        // So many days were gone when 1970 began.
        return wholeYears + wholeMonths + day - 1 - 719_162
    }
}
