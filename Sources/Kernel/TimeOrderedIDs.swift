/// Ids of 32 hexadecimal characters that sort in the order in which they were given out, and by time among several
/// sources: 48 bits of milliseconds, 16 bits of a count within the millisecond, 64 random bits.
///
/// Rows whose key is such an id are appended to their index, not scattered over it.
package struct TimeOrderedIDs: Sendable {
    /// Milliseconds and count of the id given out last.
    private var last: UInt64 = 0

    /// A source that has given out nothing yet.
    package init() {}

    /// The next id, greater than all before it also when the clock stands still or goes back.
    package mutating func next(at time: Timestamp, using generator: inout some RandomNumberGenerator) -> String {
        last = max(last + 1, UInt64(bitPattern: time.milliseconds) << 16)
        return Hexadecimal.text(Hexadecimal.bigEndian(last) + Hexadecimal.bigEndian(generator.next()))
    }
}
