import AsyncHTTPClient
import Crypto
import Dispatch
import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix

/// One question to an S3 server.
struct S3Request: Sendable {
    var method: HTTPMethod
    /// The whole key in the bucket; empty for the bucket itself.
    var name = ""
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body = ByteBuffer()

    /// For the log.
    var summary: String { "\(method) \(name)" + (query.isEmpty ? "" : "?\(query.map(\.name).joined(separator: "&"))") }
}

/// Asks an S3 server: signs, sends, asks again when it could pass, and turns refusals into ``S3Error``.
final class S3Client: Sendable {
    private static let attemptsMax = 4
    private static let firstPauseMilliseconds = 100
    private static let answerBytesMax = 16 << 20
    /// Errors that an answer with status 200 may hold, and that pass.
    private static let passingCodes: Set = ["InternalError", "ServiceUnavailable", "SlowDown"]
    private static let connectionsMax = 256

    let location: S3Location
    private let signature: SignatureV4
    private let clock: WallClock
    private let http: HTTPClient

    init(location: S3Location, credentials: AWSCredentials, clock: WallClock) {
        self.location = location
        self.clock = clock
        signature = SignatureV4(credentials: credentials, region: location.region)
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // A slow reader of a download makes the connection wait too, so this is long.
        configuration.timeout = .init(connect: .seconds(10), read: .minutes(10))
        configuration.httpVersion = .http1Only
        // Each slow reader holds a connection; by default eight of them would keep everybody else from the storage.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsMax
        // Attempts are counted here, not there.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    }

    /// Closes the connections. Nobody can be waiting: who waits holds a reference.
    deinit {
        http.shutdown(queue: .global()) { _ in }
    }

    /// Asks and answers the head, with the body still to come.
    ///
    /// - Throws: ``S3Error`` unless the status is 2xx; `CancellationError`.
    func send(_ request: S3Request) async throws -> HTTPClientResponse {
        try await repeating { try await sendOnce(request) }
    }

    /// Asks and answers the root of the XML document that came.
    ///
    /// - Throws: ``S3Error``, also for an error in an answer whose status is 200, as some operations send it.
    func document(_ request: S3Request) async throws -> XMLNode {
        try await repeating {
            let response = try await sendOnce(request)
            let root: XMLNode
            do {
                root = try await Self.root(of: response)
            } catch let error where error is XMLNode.Fault || error is NIOTooManyBytesError {
                // Asked again, it would say the same.
                throw S3Error(request, status: Int(response.status.code), message: "unreadable answer: \(error)")
            } catch {
                throw try Self.cut(request, error)
            }
            guard root.name != "Error" else {
                let code = root["Code"] ?? ""
                let status = Self.passingCodes.contains(code) ? 500 : 400
                throw S3Error(request, status: status, code: code, message: root["Message"] ?? "")
            }
            return root
        }
    }

    /// Asks and throws the body of the answer away.
    ///
    /// - Returns: the headers of the answer.
    /// - Throws: as ``send(_:)``.
    @discardableResult
    func perform(_ request: S3Request) async throws -> HTTPHeaders {
        try await repeating {
            let response = try await sendOnce(request)
            do {
                for try await _ in response.body {}
            } catch {
                throw try Self.cut(request, error)
            }
            return response.headers
        }
    }

    /// What `ask` answers, which is asked again for as long as it could pass.
    private func repeating<Answer>(_ ask: () async throws -> Answer) async throws -> Answer {
        var pauseMilliseconds = Self.firstPauseMilliseconds
        for attempt in 1... {
            do {
                return try await ask()
            } catch var error as S3Error {
                error.isRepetition = attempt > 1
                guard error.isPassing, attempt < Self.attemptsMax else { throw error }
                try await Task.sleep(for: .milliseconds(pauseMilliseconds + .random(in: 0...pauseMilliseconds)))
                pauseMilliseconds *= 4
            }
        }
        preconditionFailure("the last attempt answers or throws")
    }

    /// What broke off an answer.
    ///
    /// - Throws: `CancellationError` when the one who asked did.
    private static func cut(_ request: S3Request, _ error: any Error) throws -> S3Error {
        if error is CancellationError || error as? HTTPClientError == .cancelled { throw CancellationError() }
        return S3Error(request, status: nil, message: "\(error)")
    }

    private static func root(of response: HTTPClientResponse) async throws -> XMLNode {
        try XMLNode.parse(try await response.body.collect(upTo: answerBytesMax).readableBytesView)
    }

    private func sendOnce(_ request: S3Request) async throws -> HTTPClientResponse {
        let response: HTTPClientResponse
        do {
            response = try await http.execute(signed(request), deadline: .distantFuture)
        } catch {
            throw try Self.cut(request, error)
        }
        guard (200..<300).contains(response.status.code) else { throw await refusal(request, response) }
        return response
    }

    private func signed(_ request: S3Request) -> HTTPClientRequest {
        let path = location.pathPrefix + "/" + PercentEncoding.encode(request.name, keepsSlashes: true)
        let query = SignatureV4.text(request.query)
        var http = HTTPClientRequest(url: location.origin + path + (query.isEmpty ? "" : "?" + query))
        http.method = request.method
        let digest = request.body.withUnsafeReadableBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            return hash.finalize()
        }
        let headers = signature.signed(
            method: request.method.rawValue,
            path: path,
            query: request.query,
            headers: request.headers + [("host", location.host)],
            payloadSHA256: Hexadecimal.text(digest),
            at: clock.now()
        )
        http.headers = HTTPHeaders(headers.map { ($0.name, $0.value) })
        if request.method == .PUT || request.method == .POST { http.body = .bytes(request.body) }
        return http
    }

    private func refusal(_ request: S3Request, _ response: HTTPClientResponse) async -> S3Error {
        var root: XMLNode?
        do {
            root = try await Self.root(of: response)
        } catch {
            // HEAD has no body, and what stands between may answer in its own words.
            root = nil
        }
        return S3Error(
            request,
            status: Int(response.status.code),
            code: root?["Code"] ?? "",
            message: root?["Message"] ?? response.status.reasonPhrase
        )
    }
}
