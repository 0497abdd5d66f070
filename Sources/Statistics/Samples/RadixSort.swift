/// Sorts finite doubles ascending, in place.
///
/// Least significant digit radix sort on the order-preserving bit pattern, six digits of 11 bits; a digit that all
/// values share is skipped. Short inputs go to the standard library's sort. O(n) time, one extra copy of the input.
func radixSort(_ values: inout [Double]) {
    guard values.count >= 2_048 else {
        values.sort()
        return
    }
    let count = values.count
    let digits = 6
    var histogram = [Int](repeating: 0, count: digits << 11)
    var keys = values.map { orderedKey($0) }
    for key in keys {
        for digit in 0..<digits { histogram[digit << 11 | radix(key, digit)] += 1 }
    }
    var other = [UInt64](repeating: 0, count: count)
    for digit in 0..<digits {
        let base = digit << 11
        guard histogram[base | radix(keys[0], digit)] < count else { continue }
        var next = 0
        for slot in base..<(base + 2_048) {
            let size = histogram[slot]
            histogram[slot] = next
            next += size
        }
        for key in keys {
            let slot = base | radix(key, digit)
            other[histogram[slot]] = key
            histogram[slot] += 1
        }
        swap(&keys, &other)
    }
    for index in 0..<count { values[index] = value(ofKey: keys[index]) }
}

/// Bits `11·digit ..< 11·digit + 11` of the key.
private func radix(_ key: UInt64, _ digit: Int) -> Int {
    Int(truncatingIfNeeded: key >> UInt64(11 * digit)) & 2_047
}

/// A bit pattern whose unsigned order is the numeric order: negatives inverted, others with the sign bit set.
private func orderedKey(_ value: Double) -> UInt64 {
    let bits = value.bitPattern
    return bits >> 63 == 1 ? ~bits : bits | 1 << 63
}

private func value(ofKey key: UInt64) -> Double {
    Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
}
