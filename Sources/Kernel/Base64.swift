import FoundationEssentials

/// Bytes as base64 text (RFC 4648, standard alphabet, padded).
package enum Base64 {
    /// The text of `bytes`.
    package static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }

    /// The bytes of `text`, or nil when it is not base64.
    package static func decode(_ text: String) -> [UInt8]? {
        Data(base64Encoded: text).map { Array($0) }
    }
}
