import AsyncHTTPClient
import Kernel
import NIOCore
import NIOHTTP1

extension MartletClient {
    /// The answer to a GET of `path`; a member of `query` without a value is left out.
    ///
    /// - Throws: ``ClientError``.
    func get(_ path: String, _ query: [(String, String?)] = []) async throws(ClientError) -> JSON {
        try await answer(request(.GET, path, query))
    }

    /// The answer to `body` sent to `path`; members that are null are left out, unless null says something.
    ///
    /// - Throws: ``ClientError``.
    func send(
        _ path: String,
        _ body: JSONObject,
        method: SendMethod = .post,
        keepsNulls: Bool = false
    ) async throws(ClientError) -> JSON {
        let members = body.members.filter { keepsNulls || $0.value != .null }.map { ($0.name, $0.value) }
        var request = request(HTTPMethod(rawValue: method.rawValue), path)
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: JSON.object(JSONObject(members)).text))
        return try await answer(request)
    }

    /// A method that carries a body.
    enum SendMethod: String, Sendable {
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    private func answer(_ request: HTTPClientRequest) async throws(ClientError) -> JSON {
        let response = try await execute(request, within: limit)
        let body: ByteBuffer
        do {
            body = try await response.body.collect(upTo: Self.answerBytesMax)
        } catch {
            throw ClientError(error, server: address.text, limit: limit)
        }
        if body.readableBytes == 0 { return .object(JSONObject()) }
        do {
            return try JSON.parse(body.readableBytesView, nonFinite: .accept)
        } catch {
            throw ClientError(
                .refused,
                "What \(address.text) answers is not the API's JSON.",
                remedy: "Is it a Martlet server? --server and MARTLET_URL say which one is asked."
            )
        }
    }
}

extension TimeAmount {
    /// The same time, to the nanosecond.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
    }
}
