import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Requests to servers that a user named: to public addresses alone unless told otherwise, without redirects or
/// proxies.
///
/// A host is looked up once for each request, and the connection goes to an address that was checked: a name that
/// means another address a moment later leads nowhere else.
package final class OutboundHTTP: Sendable {
    private static let connectSecondsMax: Int64 = 10
    private static let checkSecondsMax: Int64 = 10
    private let schemes: [String]
    private let allowsPrivate: Bool
    private let lookup: HostLookup

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
    package convenience init(schemes: [String], allowsPrivate: Bool) {
        self.init(schemes: schemes, allowsPrivate: allowsPrivate, lookup: HostLookup())
    }

    init(schemes: [String], allowsPrivate: Bool, lookup: HostLookup) {
        self.schemes = schemes
        self.allowsPrivate = allowsPrivate
        self.lookup = lookup
    }

    /// Looks whether the URL `text` may be asked, and its host up.
    ///
    /// - Throws: ``OutboundError``, ``OutboundError/unknownHost(_:)`` also when the lookup takes longer than 10 s;
    ///   `CancellationError`.
    package func check(_ text: String) async throws {
        let url = try OutboundURL(text, schemes: schemes)
        do {
            _ = try await TimeLimit(seconds: Self.checkSecondsMax).keep { try await self.address(of: url.host) }
        } catch OutboundError.timeout {
            throw OutboundError.unknownHost(url.host)
        }
    }

    /// The answer to `request`.
    ///
    /// The time holds for all of it, from the lookup of the host on. A receiver that has sent its status has answered:
    /// of a body that does not come, or not whole, there is what came.
    /// - Throws: ``OutboundError`` for a URL that may not be asked, for a header that can't be sent, and when it took too
    ///   long; what the network throws; `CancellationError`.
    package func ask(_ request: OutboundRequest) async throws -> Reply {
        // The client below would refuse it with an error that shows the value.
        if let bad = request.headers.first(where: { !Self.isSendable($0.value) }) {
            throw OutboundError.badHeader(name: bad.name)
        }
        var request = request
        let url = try OutboundURL(request.url, schemes: schemes)
        request.url = url.text
        let limit = TimeLimit(seconds: request.timeoutSeconds)
        let address = try await limit.keep { try await self.address(of: url.host) }
        // A client for each request, for what it may reach differs; what that costs is little beside the answers.
        let client = Self.client(of: url.host, at: address)
        let outcome: Result<Reply, any Error>
        do {
            outcome = .success(try await Self.send(request, by: client, limit))
        } catch {
            outcome = .failure(Task.isCancelled ? CancellationError() : error)
        }
        try await client.shutdown()
        return try outcome.get()
    }

    /// Whether a header may have the value: no control character but the tab (RFC 9110, section 5.5).
    private static func isSendable(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }
    }

    private static func client(of host: String, at address: String?) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(connectSecondsMax))
        )
        // A caller who wants another attempt makes it.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let address { configuration.dnsOverride = [host: address] }
        return HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    }

    private static func send(_ asked: OutboundRequest, by client: HTTPClient, _ limit: TimeLimit) async throws -> Reply
    {
        var request = HTTPClientRequest(url: asked.url)
        request.method = HTTPMethod(rawValue: asked.method.rawValue)
        request.headers = HTTPHeaders(asked.headers.map { ($0.name, $0.value) })
        if let body = asked.body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await limit.keep { [request] in
            try await client.execute(request, deadline: .distantFuture)
        }
        let (read, isWhole) = try await beginning(of: response.body, bytesMax: asked.replyBytesMax, limit)
        return Reply(
            status: Int(response.status.code),
            body: String(decoding: read.readableBytesView.prefix(asked.replyBytesMax), as: UTF8.self),
            isWhole: isWhole,
            retryAfterSeconds: response.headers.first(name: "Retry-After").flatMap { Int($0) }
        )
    }

    /// What came of a body until it ended, broke off, was longer than is read or took too long; and whether it ended.
    private static func beginning(of body: HTTPClientResponse.Body, bytesMax: Int, _ limit: TimeLimit) async throws
        -> (ByteBuffer, isWhole: Bool)
    {
        let read = Mutex(ByteBuffer())
        do {
            let isWhole = try await limit.keep {
                for try await var part in body {
                    let count = read.withLock { read in
                        read.writeBuffer(&part)
                        return read.readableBytes
                    }
                    if count > bytesMax { return false }
                }
                return true
            }
            return (read.withLock { $0 }, isWhole)
        } catch {
            // Only who asked may call it off: the receiver has said what it had to say.
            try Task.checkCancellation()
            return (read.withLock { $0 }, false)
        }
    }

    /// The address to go to; nil when any will do.
    private func address(of host: String) async throws -> String? {
        guard !allowsPrivate else { return nil }
        let addresses = try await lookup.addresses(of: host)
        guard addresses.allSatisfy(\.isPublic) else { throw OutboundError.privateAddress(host: host) }
        return addresses.first?.text
    }
}
