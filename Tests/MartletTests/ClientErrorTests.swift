import AsyncHTTPClient
import Testing

@testable import Martlet

@Suite("An error of the client")
struct ClientErrorTests {
    private static let server = "http://ml.example"

    @Test(
        "says what the server said, and what kind of failure it is",
        arguments: [
            (401, ClientError.Kind.unauthenticated), (403, .refused), (404, .notFound), (400, .refused),
            (409, .refused), (500, .refused), (503, .refused),
        ]
    )
    func answer(status: Int, kind: ClientError.Kind) {
        let body = #"{"error_code": "SOME_CODE", "message": "what was wrong"}"#
        let error = ClientError(status: status, body: Array(body.utf8), location: nil, server: Self.server)
        #expect(error.kind == kind)
        #expect(error.message == "what was wrong")
        #expect(error.code == "SOME_CODE")
        #expect((error.remedy?.contains("MARTLET_TOKEN") ?? false) == (status == 401))
    }

    @Test("asks whether it is the right server when a page is not there and nobody says why")
    func otherServer() {
        let error = ClientError(status: 404, body: Array("<html>".utf8), location: nil, server: Self.server)
        #expect(error.kind == .refused)
        #expect(error.description.contains("Is it a Martlet server?"))
        let moved = ClientError(status: 302, body: [], location: "http://other/login", server: Self.server)
        #expect(moved.message.contains("http://other/login"))
    }

    @Test("tells a server that is away from one that is slow")
    func noAnswer() {
        let away = ClientError(HTTPClientError.connectTimeout, server: Self.server, limit: .seconds(7))
        #expect(away.kind == .unreachable)
        #expect(away.description.contains("martlet server"))
        let slow = ClientError(HTTPClientError.deadlineExceeded, server: Self.server, limit: .seconds(7))
        #expect(slow.kind == .unreachable)
        #expect(slow.description.contains("7 seconds") && slow.description.contains("--timeout"))
        let file = ClientError(ClientError(.file, "unreadable"), server: Self.server, limit: .seconds(7))
        #expect(file.kind == .file)
    }
}
