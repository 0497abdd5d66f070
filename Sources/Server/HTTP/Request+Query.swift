package import Hummingbird
import Kernel

extension Request {
    /// The query's names and values in order, `+` and percent-encoding undone; what can't be undone stands as it came.
    package var queryItems: [(name: String, value: String)] {
        guard let query = uri.query else { return [] }
        return query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
    }

    /// The value of the query's last `name`; nil when there is none.
    package func queryValue(_ name: String) -> String? {
        queryItems.last { $0.name == name }?.value
    }

    private static func decoded(_ text: Substring) -> String {
        PercentEncoding.decodeForm(text) ?? String(text).replacing("+", with: " ")
    }
}
