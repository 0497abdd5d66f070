import HTTPTypes
import Hummingbird
import NIOHTTP1

extension Request {
    /// The request that `head` begins; nil for a method that is none, and for one that names two hosts (RFC 9112, section
    /// 3.2). HEAD is GET here: the connection leaves the body of the answer out.
    init?(_ head: HTTPRequestHead, _ body: RequestBody) {
        guard let method = HTTPRequest.Method(head.method.rawValue) else { return nil }
        var authority: String?
        var fields = HTTPFields()
        fields.reserveCapacity(head.headers.count)
        for (name, value) in head.headers {
            // Names compare without case; most clients write this one so.
            if name == "Host" || name.lowercased() == "host" {
                guard authority == nil else { return nil }
                authority = value
            } else if let name = HTTPField.Name(name) {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        var path = head.uri
        // The absolute form of a target names the host, whatever the header says.
        if !path.hasPrefix("/"), let scheme = path.firstRange(of: "://") {
            let rest = path[scheme.upperBound...]
            let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
            authority = String(rest[..<end])
            path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
        }
        self.init(
            head: HTTPRequest(
                method: method == .head ? .get : method,
                scheme: "http",
                authority: authority,
                path: path,
                headerFields: fields
            ),
            body: body
        )
    }
}
