import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix

/// An MLflow server that this one stands before: calls are made there, requests handed on as they are.
final class ExternalMLflow: Sendable {
    private static let answerBytesMax = 64 << 20
    private static let connectionsMax = 256
    /// Headers that belong to one connection (RFC 9110, 7.6.1), or to who asked this server.
    private static let notHandedOn: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host",
        "authorization", "cookie", "expect", "content-length", "origin", "referer",
    ]

    /// The server's address, without a slash at its end.
    private let address: String
    private let authorization: String?
    private let http: HTTPClient

    /// The server at `address`; `environment` has MLflow's variables for its user.
    ///
    /// - Throws: ``StartupError`` when the address is none.
    init(_ address: String, environment: [String: String]) throws {
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme?.lowercased()), url.host != nil,
            url.user == nil, url.password == nil, url.query == nil, url.fragment == nil
        else {
            throw StartupError(
                "--with-mlflow takes the address of an MLflow server, as http://127.0.0.1:5001, and no user or "
                    + "password in it: these come from MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
            )
        }
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

    private func ask(_ call: MLflowCall) async throws -> JSONObject {
        var request = HTTPClientRequest(url: address + call.target)
        request.method = HTTPMethod(rawValue: call.method.rawValue)
        request.headers.add(name: "Content-Type", value: "application/json")
        if let body = call.body { request.body = .bytes(body) }
        let response = try await execute(request)
        let bytes = try await response.body.collect(upTo: Self.answerBytesMax)
        let answer = (try? JSON.parse(bytes.readableBytesView))?.objectValue
        guard (200..<300).contains(response.status.code) else {
            let code = answer?["error_code"]?.stringValue.flatMap { MartletError.Code(rawValue: $0) }
            throw MartletError(
                code ?? (response.status == .unauthorized ? .permissionDenied : .internalError),
                answer?["message"]?.stringValue ?? "The MLflow server answered \(response.status.code)."
            )
        }
        return answer ?? JSONObject()
    }

    private func status() async -> JSONObject {
        var status: JSONObject = ["connected": false, "server": "mlflow", "tracking_uri": .string(address)]
        do {
            let response = try await execute(HTTPClientRequest(url: address + "/version"))
            let version = String(buffer: try await response.body.collect(upTo: 1000))
            guard response.status == .ok else { return status }
            status["connected"] = true
            status["version"] = .string(version)
        } catch {
            status["error"] = .string((error as? MartletError)?.message ?? "no answer")
        }
        return status
    }

    /// The answer to `request`, asked there with the same path, query and body; both bodies are streamed.
    ///
    /// - Throws: `TEMPORARILY_UNAVAILABLE` when the server can't be reached.
    func handOn(_ request: Request) async throws -> Response {
        let target = request.uri.string
        guard target.hasPrefix("/"), !target.lowercased().replacing("%2e", with: ".").contains("/../") else {
            throw MartletError(.badRequest, "The path leads out of MLflow's API.")
        }
        var asked = HTTPClientRequest(url: address + target)
        asked.method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.headers where !Self.notHandedOn.contains(field.name.canonicalName) {
            asked.headers.add(name: field.name.rawName, value: field.value)
        }
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        if length != nil || request.headers[.transferEncoding] != nil {
            asked.body = .stream(request.body, length: length.map { .known($0) } ?? .unknown)
        }
        let answer = try await execute(asked)
        var headers = HTTPFields()
        for (name, value) in answer.headers where !Self.notHandedOn.contains(name.lowercased()) {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        let announced = answer.headers.first(name: "Content-Length").flatMap { Int($0) }
        let body = ResponseBody(contentLength: announced) { writer in
            for try await part in answer.body { try await writer.write(part) }
            try await writer.finish(nil)
        }
        return Response(status: .init(code: Int(answer.status.code)), headers: headers, body: body)
    }

    private func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        var request = request
        if let authorization { request.headers.replaceOrAdd(name: "Authorization", value: authorization) }
        do {
            return try await http.execute(request, deadline: .distantFuture)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw MartletError(
                .temporarilyUnavailable,
                "The MLflow server behind this one can't be reached; try again.",
                cause: error
            )
        }
    }
}
