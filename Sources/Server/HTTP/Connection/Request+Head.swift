import HTTPTypes
import Hummingbird
import NIOHTTP1

extension Request {
    /// The request that `head` begins; nil for a method that is none. HEAD is GET here: the connection leaves the body
    /// of the answer out.
    init?(_ head: HTTPRequestHead, _ body: RequestBody) {
        guard let method = HTTPRequest.Method(head.method.rawValue) else { return nil }
        var authority: String?
        var fields = HTTPFields()
        fields.reserveCapacity(head.headers.count)
        for (name, value) in head.headers {
            // Names compare without case; most clients write this one so.
            if name == "Host" || name.lowercased() == "host" {
                if authority == nil { authority = value }
            } else if let name = HTTPField.Name(name) {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        self.init(
            head: HTTPRequest(
                method: method == .head ? .get : method,
                scheme: "http",
                authority: authority,
                path: head.uri,
                headerFields: fields
            ),
            body: body
        )
    }
}
