/// An experiment's number, a decimal string on the wire; `0` is the experiment `Default`, no experiment is below.
package struct ExperimentID: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    package let number: Int64

    /// The experiment numbered `number`.
    package init(number: Int64) {
        self.number = number
    }

    /// The experiment that `text` names.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when `text` is not a whole number.
    package init(_ text: String) throws {
        guard let number = Int64(text), !text.hasPrefix("+") else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid experiment ID '\(text.prefix(100))'. Experiment ID must be a valid integer."
            )
        }
        self.number = number
    }

    package var description: String { String(number) }
}

/// A run's name for machines: 32 lower-case hexadecimal characters.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
    /// The characters, as a client sent them; an id that is not well formed names no run.
    package let text: String

    /// The run that `text` names.
    package init(_ text: String) {
        self.text = text
    }

    /// A new id from 128 random bits.
    package static func random(using generator: inout some RandomNumberGenerator) -> RunID {
        RunID(Hexadecimal.random(using: &generator))
    }

    package var description: String { text }
}

/// A logged model's name for machines: `m-` and 32 lower-case hexadecimal characters.
package struct LoggedModelID: Hashable, Sendable, CustomStringConvertible {
    /// The characters, as a client sent them.
    package let text: String

    /// The logged model that `text` names.
    package init(_ text: String) {
        self.text = text
    }

    /// A new id from 128 random bits.
    package static func random(using generator: inout some RandomNumberGenerator) -> LoggedModelID {
        LoggedModelID("m-" + Hexadecimal.random(using: &generator))
    }

    package var description: String { text }
}

/// A trace's name for machines: `tr-` and 32 lower-case hexadecimal characters where MLflow's clients make it.
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
    /// The characters, as a client sent them.
    package let text: String

    /// The trace that `text` names.
    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}

/// Bytes as lower-case hexadecimal text.
package enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two characters a byte, most significant half first.
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var characters: [UInt8] = []
        characters.reserveCapacity(2 * bytes.underestimatedCount)
        for byte in bytes {
            characters.append(digits[Int(byte >> 4)])
            characters.append(digits[Int(byte & 15)])
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// 32 characters of 128 random bits.
    package static func random(using generator: inout some RandomNumberGenerator) -> String {
        text(bigEndian(generator.next()) + bigEndian(generator.next()))
    }

    /// 32 characters that sort by time: 48 bits of milliseconds, then 80 random bits.
    ///
    /// Rows whose key is such an id are appended to their index, not scattered over it.
    package static func timeOrdered(
        at time: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> String {
        let high = UInt64(bitPattern: time.milliseconds) << 16 | (generator.next() & 0xFFFF)
        return text(bigEndian(high) + bigEndian(generator.next()))
    }

    static func bigEndian(_ word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
}
