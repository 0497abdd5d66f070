import AsyncHTTPClient
import Kernel
import NIOCore
import NIOHTTP1

/// A client of one server's public API.
///
/// It keeps connections open until ``close()``, and may be used from any task.
package struct MartletClient: Sendable {
    /// The most bytes that an answer of JSON may have.
    static let answerBytesMax = 256 << 20

    /// The server.
    package let address: ServerAddress
    let credentials: Credentials?
    let limit: Duration
    private let http: HTTPClient

    /// A client of the server at `address`.
    ///
    /// - Parameters:
    ///   - address: where the server is.
    ///   - credentials: who asks; those that stand in the address when there are none.
    ///   - limit: how long one request may take. A transfer of a file may take longer, but not pause for longer.
    package init(_ address: ServerAddress, credentials: Credentials? = nil, limit: Duration = .seconds(30)) {
        self.address = address
        self.credentials = credentials ?? address.credentials
        self.limit = limit
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: min(.seconds(5), .init(limit)), read: .init(limit))
        configuration.timeout.write = .init(limit)
        // A server that is not there is a fault to be told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes the connections; the client is of no more use.
    package func close() async {
        // All requests have ended, so there is nothing that could fail.
        try? await http.shutdown()
    }

    /// The answer to a request, its body still to be read; all of it must have come within `limit`.
    ///
    /// - Throws: ``ClientError``, also for an answer that tells of a failure.
    func execute(_ request: HTTPClientRequest, within limit: Duration) async throws(ClientError) -> HTTPClientResponse {
        do {
            let response = try await http.execute(request, timeout: .init(limit))
            guard response.status.code >= 300 else { return response }
            var body: [UInt8] = []
            for try await chunk in response.body {
                body.append(contentsOf: chunk.readableBytesView)
                if body.count > 1 << 20 { break }
            }
            throw ClientError(
                status: Int(response.status.code),
                body: body,
                location: response.headers.first(name: "location"),
                server: address.text
            )
        } catch {
            throw ClientError(error, server: address.text, limit: limit)
        }
    }

    /// A request for `path`, which is percent-encoded and begins with a slash, with `query`, which is not encoded.
    func request(_ method: HTTPMethod, _ path: String, _ query: [(String, String?)] = []) -> HTTPClientRequest {
        let items = query.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.encode($0))" } }
        let tail = items.isEmpty ? "" : "?" + items.joined(separator: "&")
        var request = HTTPClientRequest(url: address.text + path + tail)
        request.method = method
        request.headers.add(name: "user-agent", value: "martlet")
        if let credentials { request.headers.add(name: "authorization", value: credentials.header) }
        return request
    }
}
