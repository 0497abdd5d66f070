import Kernel

/// What a request says of who sends it, in its header `Authorization`.
struct Credentials: Equatable {
    /// The user that it names; nil where the token alone tells.
    let user: String?
    /// The secret of a token.
    let secret: String

    /// The credentials in `Bearer SECRET`, or in `Basic` with a user's name and the secret as password (RFC 6750, RFC
    /// 7617); nil for anything else.
    init?(header: String) {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let value = parts[1].drop { $0 == " " }
        switch parts[0].lowercased() {
        case "bearer":
            user = nil
            secret = String(value)
        case "basic":
            guard let bytes = Base64.decode(String(value)), let text = String(validating: bytes, as: UTF8.self),
                let colon = text.firstIndex(of: ":")
            else { return nil }
            user = String(text[..<colon])
            secret = String(text[text.index(after: colon)...])
        default: return nil
        }
    }
}
