import Kernel

/// The `Content-Disposition` of an artifact (RFC 6266): what browsers and MLflow's clients save it as.
enum ArtifactDisposition {
    /// Says that the file is to be shown where it `isInline`, else saved, as `name`: plain or quoted for those who read
    /// ASCII alone, and whole.
    static func text(_ name: String, isInline: Bool) -> String {
        let kind = isInline ? "inline" : "attachment"
        let isToken = !name.isEmpty && name.utf8.allSatisfy(isTokenByte)
        if isToken { return "\(kind); filename=\(name)" }
        return "\(kind); filename=\"\(asciiFallback(name))\"; filename*=UTF-8''\(encoded(name))"
    }

    private static func asciiFallback(_ name: String) -> String {
        name.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            text.unicodeScalars.append(scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7F ? scalar : "_")
        }
    }

    /// The name as RFC 8187 has it.
    private static func encoded(_ name: String) -> String {
        name.utf8.reduce(into: "") { text, byte in
            if isAlphanumeric(byte) || byte == 0x2E || byte == 0x2D || byte == 0x5F {
                text.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                text += "%" + Hexadecimal.text([byte]).uppercased()
            }
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$&+-.^_`|~".utf8.contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
