/// Text as a terminal shows it.
///
/// Names and values come from whoever logged them, so control characters, which could move the cursor or rewrite what
/// stands above, are never printed as they are.
enum DisplayText {
    static let ellipsis = "…"

    /// The text in one line: control characters as `\n`, `\t` or `\u{1b}`.
    static func line(_ text: String) -> String {
        escaped(text, keepingNewlines: false)
    }

    /// The text with its line breaks, other control characters spelled out.
    static func lines(_ text: String) -> String {
        escaped(text, keepingNewlines: true)
    }

    /// How many columns the text takes.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    /// The text in at most `columns` columns, an ellipsis in place of what is cut.
    static func cut(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var kept = ""
        var taken = 0
        for character in text {
            taken += width(character)
            if taken > columns - 1 { break }
            kept.append(character)
        }
        return kept + ellipsis
    }

    private static func escaped(_ text: String, keepingNewlines: Bool) -> String {
        guard text.unicodeScalars.contains(where: isUnprintable) else { return text }
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where keepingNewlines: safe.unicodeScalars.append(scalar)
            case "\n": safe += "\\n"
            case "\t": safe += "\\t"
            case "\r": safe += "\\r"
            case _ where isUnprintable(scalar): safe += "\\u{\(String(scalar.value, radix: 16))}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }

    /// Controls, line separators, what cannot be seen, and the marks that turn the direction of writing.
    private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
        default: false
        }
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.isASCII { return 1 }
        if first.properties.generalCategory == .nonspacingMark { return 0 }
        if first.properties.isEmojiPresentation { return 2 }
        return isWide(first.value) ? 2 : 1
    }

    /// The main ranges of Unicode's East Asian wide characters (UAX 11).
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
