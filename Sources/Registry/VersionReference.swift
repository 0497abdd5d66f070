import Kernel

/// How a caller names a version of a model: by its number, or by its semantic version.
package enum VersionReference: Hashable, Sendable {
    case number(Int)
    case semantic(SemanticVersion)

    /// The version that `text` names: digits alone are a number, all else is a semantic version.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is neither.
    package init(text: String) throws {
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            self = .number(try RegistryRules.versionNumber(text))
        } else {
            self = .semantic(try SemanticVersion(text: text))
        }
    }
}

/// A semantic version (SemVer 2.0.0) as it was written: `1.4.0-rc.1+build.7`.
package struct SemanticVersion: Hashable, Sendable, CustomStringConvertible {
    /// The text.
    package let text: String

    /// The version that `text` spells.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` with what would be right.
    package init(text: String) throws {
        guard text.utf8.count <= 256, Self.isValid(text) else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid version '\(text.prefix(100))'. It must be a version's number, such as 3, or a semantic version,"
                    + " such as 1.4.0 or 2.0.0-rc.1."
            )
        }
        self.text = text
    }

    package var description: String { text }

    private static func isValid(_ text: String) -> Bool {
        let build = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let release = build[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let core = release[0].split(separator: ".", omittingEmptySubsequences: false)
        guard core.count == 3, core.allSatisfy(isNumber) else { return false }
        if build.count == 2, !identifiers(build[1], areSound: isIdentifier) { return false }
        guard release.count == 2 else { return true }
        return identifiers(release[1]) { isIdentifier($0) && (!isDigits($0) || isNumber($0)) }
    }

    private static func identifiers(_ text: Substring, areSound isSound: (Substring) -> Bool) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isSound)
    }

    /// Digits without a zero before them.
    private static func isNumber(_ text: Substring) -> Bool {
        isDigits(text) && (text == "0" || !text.hasPrefix("0"))
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}
