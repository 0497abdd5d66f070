/// What another server is asked.
package struct OutboundRequest: Sendable {
    /// What is to be done there.
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    /// How it is asked.
    package var method: Method
    /// The whole URL.
    package var url: String
    /// Further headers, in order.
    package var headers: [(name: String, value: String)]
    /// What is sent; nil for nothing.
    package var body: String?
    /// How long it may take, from looking for a connection to the last byte that is read.
    package var timeoutSeconds: Int64
    /// So much is read of the answer.
    package var replyBytesMax: Int

    /// A request to `url` whose answer's first 16 KiB are of interest.
    package init(
        _ method: Method,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: String? = nil,
        timeoutSeconds: Int64,
        replyBytesMax: Int = 16 << 10
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutSeconds = timeoutSeconds
        self.replyBytesMax = replyBytesMax
    }
}
