import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// Requests to servers that a user named: to public addresses alone unless told otherwise, without redirects or
/// proxies.
///
/// A host is looked up once for each request, and the connection goes to an address that was checked: a name that
/// means another address a moment later leads nowhere else.
package final class OutboundHTTP: Sendable {
    private static let connectSecondsMax: Int64 = 10
    private let schemes: [String]
    private let allowsPrivate: Bool
    private let lookup = HostLookup(threads: .singleton)

    /// What another server answered.
    package struct Reply: Sendable {
        /// The HTTP status.
        package let status: Int
        /// The beginning of the body, as much as was asked for; bytes that are no UTF-8 replaced.
        package let body: String
        /// Whether there was no more of it.
        package let isWhole: Bool
        /// How many seconds it asks to wait; nil when it does not say.
        package let retryAfterSeconds: Int?
    }

    /// A client of URLs whose scheme is one of `schemes`; to private addresses too where `allowsPrivate` says so.
    package init(schemes: [String], allowsPrivate: Bool) {
        self.schemes = schemes
        self.allowsPrivate = allowsPrivate
    }

    /// The URL that `text` is, its host looked up.
    ///
    /// - Throws: ``OutboundError``.
    package func check(_ text: String) async throws(OutboundError) -> OutboundURL {
        let url = try OutboundURL(text, schemes: schemes)
        _ = try await address(of: url.host)
        return url
    }

    /// The answer to `request`.
    ///
    /// - Throws: ``OutboundError`` for a URL that may not be asked, or that took too long; what the network throws.
    package func ask(_ request: OutboundRequest) async throws -> Reply {
        var request = request
        let url = try OutboundURL(request.url, schemes: schemes)
        request.url = url.text
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Self.connectSecondsMax))
        )
        // A caller who wants another attempt makes it.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let address = try await address(of: url.host) { configuration.dnsOverride = [url.host: address] }
        // A client for each request: what it may reach differs, and requests to one host are far between.
        let client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
        let outcome: Result<Reply, any Error>
        do {
            outcome = .success(
                try await Self.within(request.timeoutSeconds) { [request] in
                    try await Self.send(request, by: client)
                }
            )
        } catch {
            outcome = .failure(error)
        }
        try await client.shutdown()
        return try outcome.get()
    }

    private static func send(_ asked: OutboundRequest, by client: HTTPClient) async throws -> Reply {
        var request = HTTPClientRequest(url: asked.url)
        request.method = HTTPMethod(rawValue: asked.method.rawValue)
        request.headers = HTTPHeaders(asked.headers.map { ($0.name, $0.value) })
        if let body = asked.body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, deadline: .distantFuture)
        var read = ByteBuffer()
        for try await var part in response.body {
            read.writeBuffer(&part)
            if read.readableBytes > asked.replyBytesMax { break }
        }
        return Reply(
            status: Int(response.status.code),
            body: String(decoding: read.readableBytesView.prefix(asked.replyBytesMax), as: UTF8.self),
            isWhole: read.readableBytes <= asked.replyBytesMax,
            retryAfterSeconds: response.headers.first(name: "Retry-After").flatMap { Int($0) }
        )
    }

    /// What `body` answers within so many seconds, from looking for a connection to the last byte that is read.
    private static func within<Result: Sendable>(
        _ seconds: Int64,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw OutboundError.timeout(seconds: seconds)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// The address to go to; nil when any will do.
    private func address(of host: String) async throws(OutboundError) -> String? {
        guard !allowsPrivate else { return nil }
        let addresses = try await lookup.addresses(of: host)
        if let bad = addresses.first(where: { !$0.isPublic }) {
            throw .privateAddress(host: host, address: bad.text)
        }
        return addresses.first?.text
    }
}
