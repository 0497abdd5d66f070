import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import Outbound

/// An MLflow server that this one stands before: calls are made there, requests handed on as they are.
final class ExternalMLflow: Sendable {
    private static let answerBytesMax = 64 << 20
    private static let connectionsMax = 256
    private static let askSecondsMax: Int64 = 60
    private static let statusSecondsMax: Int64 = 5
    /// Headers that belong to one connection (RFC 9110, 7.6.1), besides those that `Connection` names.
    private static let ofConnection: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "content-length",
    ]
    /// Headers that belong to who asked this server.
    private static let ofCaller: Set<String> = ["host", "authorization", "cookie", "expect", "origin", "referer"]
    /// Headers that this server sets itself, and the question for a password, which callers of this one don't have.
    private static let ofAnswer: Set<String> = ["date", "server", "www-authenticate"]

    /// The server's address, without a slash at its end.
    let address: String
    private let authorization: String?
    private let http: HTTPClient

    /// The server at `address`; `environment` has MLflow's variables for its user.
    ///
    /// - Throws: ``StartupError`` when the address is none.
    init(_ address: String, environment: [String: String]) throws {
        try Self.check(address)
        var trimmed = address
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.address = trimmed
        if let user = environment["MLFLOW_TRACKING_USERNAME"], let word = environment["MLFLOW_TRACKING_PASSWORD"] {
            authorization = "Basic " + Base64.encode(Array("\(user):\(word)".utf8))
        } else {
            authorization = environment["MLFLOW_TRACKING_TOKEN"].map { "Bearer " + $0 }
        }
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // Large artifacts pass through, and a slow receiver makes the sender wait.
        configuration.timeout = .init(connect: .seconds(10), read: .minutes(10))
        // Each slow reader holds a connection; by default eight of them would keep everybody else from the server.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsMax
        http = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    }

    /// Refuses what is no address of a server.
    ///
    /// - Throws: ``StartupError``.
    static func check(_ address: String) throws {
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme?.lowercased()), url.host != nil,
            url.user == nil, url.password == nil, url.query == nil, url.fragment == nil
        else {
            throw StartupError(
                "--with-mlflow takes the address of an MLflow server, as http://127.0.0.1:5001, and no user or "
                    + "password in it: these come from MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
            )
        }
    }

    /// Closes the connections. Nobody can be waiting: who waits holds a reference.
    deinit {
        http.shutdown(queue: .global()) { _ in }
    }

    /// The server, to be called.
    var server: MLflowServer {
        MLflowServer(
            ask: { call, _ in try await self.ask(call) },
            status: { await self.status() }
        )
    }

    /// The answer to `call`.
    ///
    /// - Throws: ``MartletError`` with MLflow's code; as ``execute(_:)``.
    func ask(_ call: MLflowCall) async throws -> JSONObject {
        var request = HTTPClientRequest(url: address + call.target)
        request.method = HTTPMethod(rawValue: call.method.rawValue)
        request.headers.add(name: "Content-Type", value: "application/json")
        if let body = call.body { request.body = .bytes(body) }
        let (status, bytes) = try await whole(request, Self.askSecondsMax, bytesMax: Self.answerBytesMax)
        guard (200..<300).contains(status) else { throw Self.refusal(status, bytes) }
        // What stands between, as a login page, answers 200 too.
        guard let answer = Self.object(bytes) else { throw MartletError(.internalError, Self.strange) }
        return answer
    }

    /// What the answer `bytes` with `status` says was wrong.
    static func refusal(_ status: Int, _ bytes: ByteBuffer) -> MartletError {
        let answer = object(bytes)
        let code = answer?["error_code"]?.stringValue.flatMap { MartletError.Code(rawValue: $0) }
        return MartletError(
            code ?? Self.code(of: status),
            answer?["message"]?.stringValue ?? "The MLflow server behind this one answered \(status)."
        )
    }

    private static func object(_ bytes: ByteBuffer) -> JSONObject? {
        (try? JSON.parse(bytes.readableBytesView))?.objectValue
    }

    static let strange = "The server behind this one does not answer as MLflow does."

    /// The meaning of a status that came without a code of MLflow's.
    private static func code(of status: Int) -> MartletError.Code {
        switch status {
        case 400: .badRequest
        case 401, 403: .permissionDenied
        case 404: .endpointNotFound
        case 408, 429, 502, 503, 504: .temporarilyUnavailable
        default: .internalError
        }
    }

    private func status() async -> JSONObject {
        var status: JSONObject = ["connected": false, "server": "mlflow", "tracking_uri": .string(address)]
        do {
            let request = HTTPClientRequest(url: address + "/version")
            let (code, bytes) = try await whole(request, Self.statusSecondsMax, bytesMax: 1000)
            let version = String(buffer: bytes)
            if code == 200, Self.isVersion(version) {
                status["connected"] = true
                status["version"] = .string(version)
            } else {
                status["error"] = .string(Self.strange)
            }
        } catch {
            status["error"] = .string((error as? MartletError)?.message ?? "no answer")
        }
        return status
    }

    /// Whether `text` is a version as Python's packages have them: `3.17.2`, `3.18.0rc1`.
    private static func isVersion(_ text: String) -> Bool {
        guard let first = text.utf8.first, (48...57).contains(first), text.utf8.count <= 64 else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122: true
            default: ".+-_".utf8.contains(byte)
            }
        }
    }

    /// The answer to `request`, asked there with the same path, query and body; both bodies are streamed.
    ///
    /// - Throws: `TEMPORARILY_UNAVAILABLE` when the server can't be reached; as ``ProxiedPath/check(_:)``.
    func handOn(_ request: Request) async throws -> Response {
        try ProxiedPath.check(request.uri.path)
        var asked = HTTPClientRequest(url: address + request.uri.string)
        asked.method = HTTPMethod(rawValue: request.method.rawValue)
        let left = Self.ofConnection.union(Self.ofCaller).union(Self.named(request.headers[values: .connection]))
        for field in request.headers where !left.contains(field.name.canonicalName) {
            asked.headers.add(name: field.name.rawName, value: field.value)
        }
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        if length != nil || request.headers[.transferEncoding] != nil {
            asked.body = .stream(request.body, length: length.map { .known($0) } ?? .unknown)
        }
        let answer = try await execute(asked)
        var headers = HTTPFields()
        let notPassed = Self.ofConnection.union(Self.ofAnswer).union(Self.named(answer.headers["Connection"]))
        for (name, value) in answer.headers where !notPassed.contains(name.lowercased()) {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        let announced = answer.headers.first(name: "Content-Length").flatMap { Int($0) }
        let body = ResponseBody(contentLength: announced) { writer in
            for try await part in answer.body { try await writer.write(part) }
            try await writer.finish(nil)
        }
        return Response(status: .init(code: Int(answer.status.code)), headers: headers, body: body)
    }

    /// The names of headers that `Connection` holds, in small letters.
    private static func named(_ connection: [String]) -> Set<String> {
        Set(connection.flatMap { $0.split { $0 == "," || $0 == " " || $0 == "\t" } }.map { $0.lowercased() })
    }

    /// Status and whole body of the answer to `request`.
    ///
    /// - Throws: `DEADLINE_EXCEEDED` when it is not there within `seconds`, `RESOURCE_EXHAUSTED` when it is longer than
    ///   `bytesMax`; as ``execute(_:)``.
    private func whole(_ request: HTTPClientRequest, _ seconds: Int64, bytesMax: Int) async throws
        -> (status: Int, bytes: ByteBuffer)
    {
        do {
            return try await TimeLimit(seconds: seconds).keep {
                let response = try await self.execute(request)
                let bytes = try await Self.reaching { try await response.body.collect(upTo: bytesMax) }
                return (Int(response.status.code), bytes)
            }
        } catch OutboundError.timeout {
            throw MartletError(
                .deadlineExceeded,
                "The MLflow server behind this one did not answer within \(seconds) s."
            )
        }
    }

    /// The answer to `request`, whose body is still to come.
    ///
    /// - Throws: `TEMPORARILY_UNAVAILABLE` when the server can't be reached; `CancellationError`.
    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        var request = request
        if let authorization { request.headers.replaceOrAdd(name: "Authorization", value: authorization) }
        return try await Self.reaching { [request] in try await self.http.execute(request, deadline: .distantFuture) }
    }

    /// What `body` answers, with the errors of the network in words for the caller.
    static func reaching<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as NIOTooManyBytesError {
            throw MartletError(
                .resourceExhausted,
                "The MLflow server behind this one answered with more than can be passed on; ask for less at once.",
                cause: error
            )
        } catch {
            try Task.checkCancellation()
            throw MartletError(
                .temporarilyUnavailable,
                "The MLflow server behind this one can't be reached; try again.",
                cause: error
            )
        }
    }
}
