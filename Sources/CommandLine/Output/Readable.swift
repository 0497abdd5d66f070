import Foundation
import Glibc
import Kernel

/// Values as a person reads them.
enum Readable {
    /// A moment in the local time zone, to the second: `2026-11-21T10:08:35+01:00`. Empty for none.
    static func time(_ timestamp: Timestamp?) -> String {
        guard let timestamp else { return "" }
        var seconds = time_t(timestamp.milliseconds / 1000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return String(timestamp.milliseconds) }
        var buffer = [CChar](repeating: 0, count: 64)
        let length = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S%z", &parts)
        // strftime writes the offset without its colon.
        var text = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        text.insert(":", at: text.index(text.endIndex, offsetBy: -2))
        return text
    }

    /// The time between two moments: `250 ms`, `3.2 s`, `4 min 05 s`, `2 h 07 min`. Empty when one is not known.
    static func duration(_ start: Timestamp?, _ end: Timestamp?) -> String {
        guard let start, let end, end >= start else { return "" }
        let milliseconds = end.milliseconds - start.milliseconds
        let seconds = milliseconds / 1000
        return switch milliseconds {
        case ..<1000: "\(milliseconds) ms"
        case ..<60_000: "\(seconds).\(milliseconds % 1000 / 100) s"
        case ..<3_600_000: "\(seconds / 60) min \(twoDigits(seconds % 60)) s"
        default: "\(seconds / 3600) h \(twoDigits(seconds / 60 % 60)) min"
        }
    }

    /// A size in decimal units: `999 B`, `1.2 kB`, `40.0 MB`.
    static func size(_ bytes: Int64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        // Rounding to one digit must not give 1000.0 of a unit.
        while value >= (unit == 0 ? 1000 : 999.95), unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : String(format: "%.1f %@", value, units[unit])
    }

    /// A whole number, a comma before each three of its digits: `1,048,576`.
    static func count(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        let groups = digits.enumerated().map { index, digit in
            index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : String(digit)
        }
        return (number < 0 ? "-" : "") + groups.joined()
    }

    /// A number in the fewest digits that read back the same, a whole one without its point.
    static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        return "\(value)"
    }

    /// A number in at most six digits that count.
    static func rounded(_ value: Double) -> String {
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        return value.isFinite ? String(format: "%.6g", value) : "\(value)"
    }

    /// A value of a document: a text and a number as they are, anything else as JSON.
    static func value(_ value: JSON) -> String {
        switch value {
        case .string(let text): text
        case .number(let number): Self.number(number)
        default: value.text
        }
    }

    private static func twoDigits(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
