import Kernel
import NIOHTTP1
import Testing

@Suite("A connection", .timeLimit(.minutes(2)))
struct ConnectionTests {
    private static func get(_ path: String, _ headers: String = "", version: String = "1.1") -> String {
        "GET \(path) HTTP/\(version)\r\nHost: localhost\r\n\(headers)\r\n"
    }

    private static func create(_ name: String, _ headers: String = "") -> (head: String, body: String) {
        let body = JSON.object(["name": .string(name)]).text
        let head =
            "POST /api/2.0/mlflow/experiments/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\(headers)\r\n"
        return (head, body)
    }

    @Test("answers requests that come together one after the other, each knowing what the one before did")
    func pipelined() async throws {
        try await withServer { client in
            try await RawConnection.open(port: client.port) { connection in
                let (head, body) = Self.create("first")
                let find = Self.get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=first")
                try await connection.send(head + body + find + Self.get("/health") + Self.get("/nope"))
                #expect(try await connection.next(to: #"{"experiment_id":"1"}"#).hasPrefix("HTTP/1.1 200 OK"))
                #expect(try await connection.next(to: #""name":"first""#).hasPrefix("HTTP/1.1 200 OK"))
                #expect(try await connection.next(to: "\r\n\r\nOK").contains("HTTP/1.1 200 OK"))
                #expect(try await connection.next(to: "ENDPOINT_NOT_FOUND").hasPrefix("HTTP/1.1 404 Not Found"))
            }
        }
    }

    @Test("answers thousands of requests that come together")
    func manyPipelined() async throws {
        try await withServer { client in
            try await RawConnection.open(port: client.port) { connection in
                let count = 5000
                try await connection.send(String(repeating: Self.get("/livez"), count: count))
                for _ in 0..<count { #expect(try await connection.next(to: "\r\n\r\nOK").hasPrefix("HTTP/1.1 200 OK")) }
            }
        }
    }

    @Test("tells a client that asks first to go on")
    func expectContinue() async throws {
        try await withServer { client in
            try await RawConnection.open(port: client.port) { connection in
                let (head, body) = Self.create("asked", "Expect: 100-continue\r\n")
                try await connection.send(head)
                #expect(try await connection.next(to: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try await connection.send(body)
                #expect(try await connection.next(to: #"{"experiment_id":"1"}"#).hasPrefix("HTTP/1.1 200 OK"))
            }
        }
    }

    @Test("takes a body in as many parts as it comes in")
    func parts() async throws {
        try await withServer { client in
            try await RawConnection.open(port: client.port) { connection in
                let (head, body) = Self.create("in parts")
                for character in head + body { try await connection.send(String(character)) }
                #expect(try await connection.next(to: #"{"experiment_id":"1"}"#).hasPrefix("HTTP/1.1 200 OK"))
            }
        }
    }

    @Test("ends as the client's version and wish have it")
    func persistence() async throws {
        try await withServer { client in
            for (request, answer) in [
                (Self.get("/health", version: "1.0"), "Connection: close"),
                (Self.get("/health", "Connection: close\r\n"), "Connection: close"),
            ] {
                try await RawConnection.open(port: client.port) { connection in
                    try await connection.send(request)
                    #expect(try await connection.next(to: "\r\n\r\nOK").contains(answer))
                    #expect(try await connection.countToEnd() == 0)
                }
            }
            try await RawConnection.open(port: client.port) { connection in
                for _ in 0..<2 {
                    try await connection.send(Self.get("/health", "Connection: keep-alive\r\n", version: "1.0"))
                    #expect(try await connection.next(to: "\r\n\r\nOK").contains("Connection: keep-alive"))
                }
            }
        }
    }

    @Test("is closed only when the whole of a long answer is out")
    func longAnswer() async throws {
        try await withServer { client in
            let path = "/api/2.0/mlflow-artifacts/artifacts/long"
            let bytes = [UInt8](repeating: 7, count: 16 << 20)
            #expect(try await client.send(.PUT, path, body: bytes).status == 200)
            try await RawConnection.open(port: client.port) { connection in
                try await connection.send(Self.get(path, "Connection: close\r\n"))
                _ = try await connection.next(to: "\r\n\r\n")
                #expect(try await connection.countToEnd() == bytes.count)
            }
        }
    }

    @Test("that brings no HTTP is told so and closed")
    func nonsense() async throws {
        try await withServer { client in
            for text in ["NONSENSE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}"] {
                try await RawConnection.open(port: client.port) { connection in
                    try await connection.send(text)
                    #expect(try await connection.next(to: "\r\n").hasPrefix("HTTP/1.1 400 Bad Request"), "\(text)")
                    _ = try await connection.countToEnd()
                }
            }
        }
    }

    @Test("is refused when it names two hosts, or another one in its target")
    func hosts() async throws {
        try await withServer { client in
            for (text, status) in [
                ("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", "400 Bad Request"),
                ("GET http://evil.example/api/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n", "403 Forbidden"),
                ("GET http://localhost/api/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n", "200 OK"),
                (
                    "POST /predict HTTP/1.1\r\nHost: localhost\r\nhost: a\r\nContent-Length: 0\r\n\r\n",
                    "400 Bad Request"
                ),
            ] {
                try await RawConnection.open(port: client.port) { connection in
                    try await connection.send(text)
                    #expect(try await connection.next(to: "\r\n").contains(status), "\(text)")
                }
            }
        }
    }

    @Test("that breaks off in a body changes nothing")
    func brokenBody() async throws {
        try await withServer { client in
            let short = Self.create("short")
            let long = Self.create("long" + String(repeating: " ", count: 200_000))
            for (head, body) in [short, long] {
                try await RawConnection.open(port: client.port) { connection in
                    try await connection.send(head + body.dropLast())
                }
            }
            let path = "/api/2.0/mlflow-artifacts/artifacts/broken"
            let head = "PUT \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
            try await RawConnection.open(port: client.port) { connection in
                try await connection.send(head + String(repeating: "x", count: 500_000))
            }
            let found = try await client.get("experiments/search?max_results=10")
            #expect(found.json?["experiments"]?.arrayValue?.count == 1)
            #expect(try await client.send(.GET, path).status == 404)
        }
    }

    @Test("carries no body for HEAD")
    func headOnly() async throws {
        try await withServer { client in
            try await RawConnection.open(port: client.port) { connection in
                try await connection.send("HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + Self.get("/health"))
                let first = try await connection.next(to: "\r\n\r\n")
                #expect(first.hasPrefix("HTTP/1.1 200 ") && first.contains("Content-Length"))
                #expect(try await connection.next(to: "\r\n\r\nOK").hasPrefix("HTTP/1.1 "))
            }
        }
    }
}
