import Crypto

/// Where a caller's key falls between 0 and 1, the same at each request and on each server.
enum KeyHash {
    /// The first eight bytes of the SHA-256 of endpoint, experiment and key, each followed by a zero byte but the last,
    /// as a share of 2⁶⁴.
    ///
    /// A caller falls elsewhere in another experiment, so that the same ones do not always get what is new.
    static func position(endpoint: String, experiment: String, key: String) -> Double {
        var hash = SHA256()
        for text in [endpoint, experiment] {
            hash.update(data: Array(text.utf8))
            hash.update(data: [0])
        }
        hash.update(data: Array(key.utf8))
        let word = hash.finalize().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // The 53 bits that a double holds, so that 1 is never reached.
        return Double(word >> 11) / 9_007_199_254_740_992
    }
}
