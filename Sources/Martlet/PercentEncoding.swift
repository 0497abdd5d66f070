import Kernel

/// Text as an address may carry it (RFC 3986).
enum PercentEncoding {
    /// One part of a path or one value of a query: all but unreserved characters is encoded, slashes too.
    static func component(_ text: String) -> String {
        encode(text) { _ in false }
    }

    /// A path of several parts, whose slashes stay.
    static func path(_ text: String) -> String {
        encode(text) { $0 == UInt8(ascii: "/") }
    }

    /// The text whose encoded spelling is `text`; what is not well encoded stays as it is.
    static func decode(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func encode(_ text: String, keeping isKept: (UInt8) -> Bool) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            case _ where isKept(byte): encoded.append(byte)
            default: encoded.append(contentsOf: "%\(Hexadecimal.text([byte]).uppercased())".utf8)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
