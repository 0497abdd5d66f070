extension ByteCursor {
    /// A number as it was written.
    package struct Number {
        /// The nearest double.
        package let value: Double
        /// Whether it was written without fraction and exponent.
        package let isInteger: Bool
    }

    /// The number here by JSON's grammar, rounded as ``JSON`` rounds it; nil for anything else, and where it is too
    /// large.
    package mutating func number() -> Number? {
        var first = peek()
        let start = position
        let isNegative = first == UInt8(ascii: "-")
        if isNegative {
            step()
            first = here
        }
        var mantissa: UInt64 = 0
        let whole = digits(into: &mantissa)
        guard whole == 1 || (whole > 1 && first != UInt8(ascii: "0")) else { return nil }
        var digitCount = whole
        var power = 0
        var isInteger = true
        if here == UInt8(ascii: ".") {
            step()
            let fraction = digits(into: &mantissa)
            guard fraction > 0 else { return nil }
            isInteger = false
            power = -fraction
            digitCount += fraction
        }
        if here | 0x20 == UInt8(ascii: "e") {
            step()
            guard let exponent = exponent() else { return nil }
            isInteger = false
            power += exponent
        }
        // 19 digits are always less than 2^64; more may not be.
        let exact = digitCount <= 19 ? Self.nearest(mantissa, power) : nil
        guard let size = exact ?? slowly(start) else { return nil }
        // JSON's -0 is the integer 0; -0.0 is not.
        let isMinus = isNegative && !(isInteger && mantissa == 0 && digitCount <= 19)
        return Number(value: isMinus ? -size : size, isInteger: isInteger)
    }

    /// The whole number here, of at most 18 digits and without fraction and exponent; nil for anything else.
    package mutating func integer() -> Int64? {
        var first = peek()
        let isNegative = first == UInt8(ascii: "-")
        if isNegative {
            step()
            first = here
        }
        var size: UInt64 = 0
        let count = digits(into: &size)
        guard count == 1 || (2...18).contains(count) && first != UInt8(ascii: "0") else { return nil }
        guard here != UInt8(ascii: "."), here | 0x20 != UInt8(ascii: "e") else { return nil }
        return isNegative ? -Int64(size) : Int64(size)
    }

    @inline(__always)
    private mutating func digits(into mantissa: inout UInt64) -> Int {
        let start = position
        while case let digit = here &- 0x30, digit < 10 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            step()
        }
        return position - start
    }

    private mutating func exponent() -> Int? {
        let isNegative = here == UInt8(ascii: "-")
        if isNegative || here == UInt8(ascii: "+") { step() }
        var size: UInt64 = 0
        let count = digits(into: &size)
        guard (1...4).contains(count) else { return nil }
        return isNegative ? -Int(size) : Int(size)
    }

    /// The size of the number from `start` to here as the standard library reads it.
    private func slowly(_ start: Int) -> Double? {
        guard let text = text(start..<position), let value = Double(text), value.isFinite else { return nil }
        return abs(value)
    }

    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The double nearest to `mantissa` × 10^`power`, ties to even; nil where it takes more than 128 bits to tell.
    ///
    /// Below 2^53 and up to 10^22 both are doubles, and one operation on doubles rounds right (Clinger, "How to read
    /// floating point numbers accurately", 1990). Beyond that an integer division gives 63 bits of the quotient or
    /// more, and whether anything is left over: enough to round once, for none of these numbers is subnormal. Python
    /// writes doubles with 16 and 17 digits, so this is the usual way.
    static func nearest(_ mantissa: UInt64, _ power: Int) -> Double? {
        if mantissa < 1 << 53, (-22...22).contains(power) {
            return power < 0
                ? Double(mantissa) / exactPowers[-power] : Double(mantissa) * exactPowers[power]
        }
        guard (-19..<0).contains(power) else { return power == 0 ? Double(mantissa) : nil }
        // 10^19 is less than 2^64, and these doubles are whole.
        let divisor = UInt64(exactPowers[-power])
        let mantissaShift = mantissa.leadingZeroBitCount
        let divisorShift = divisor.leadingZeroBitCount
        let high = mantissa << mantissaShift
        let (quotient, rest) = (divisor << divisorShift).dividingFullWidth((high >> 1, high << 63))
        // The lowest bit lies below the last that a double keeps, so it can stand for all that is left over.
        let size = Double(rest == 0 ? quotient : quotient | 1)
        return size * Double(sign: .plus, exponent: divisorShift - mantissaShift - 63, significand: 1)
    }
}
