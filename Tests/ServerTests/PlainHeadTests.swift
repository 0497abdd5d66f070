import Kernel
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Server

@Suite("The head of a plain request", .timeLimit(.minutes(5)))
struct PlainHeadTests {
    private static let usual =
        "POST /v2/models/m/infer HTTP/1.1\r\nHost: 127.0.0.1:5000\r\nUser-Agent: a/1 (b)\r\nAccept: */*\r\n"
        + "CONNECTION: Keep-Alive\r\ncontent-length:  12\r\nX-Empty:\r\n\r\n"

    /// What `PlainHead` says of `text`, by `body`; nil where it is not plain.
    private static func read<Value>(_ text: String, _ body: (PlainHead) -> Value) -> Value? {
        var text = text
        return text.withUTF8 { bytes in PlainHead(UnsafeRawBufferPointer(bytes)).map(body) }
    }

    @Test("says what the request is for, its headers, and where its body ends")
    func usual() throws {
        try #require(Self.read(Self.usual + #"{"rest": ""}POST"#) { _ in true } == true)
        _ = Self.read(Self.usual) { head in
            #expect(head.isPost)
            #expect(head.count == Self.usual.utf8.count)
            #expect(head.bodyCount == 12)
            #expect(head.targetText == "/v2/models/m/infer")
            #expect(head.isFor("/v2/models/m/infer") && !head.isFor("/v2/models/m/infe"))
            #expect(head.part(after: "/v2/models/", before: "/infer") == "m")
            #expect(head.header("user-agent") == "a/1 (b)")
            #expect(head.header("host") == "127.0.0.1:5000")
            #expect(head.header("x-empty")?.isEmpty == true)
            #expect(head.header("origin") == nil)
            #expect(head.header("connection") == "Keep-Alive")
        }
    }

    @Test("names a part of a path only where there is nothing to decode or to cut off")
    func parts() {
        for (target, part) in [
            ("/v2/models/a/infer", "a"), ("/v2/models//infer", nil), ("/v2/models/infer", nil),
            ("/v2/models/a/b/infer", nil), ("/v2/models/a%20b/infer", nil), ("/v2/models/a?b/infer", nil),
            ("/v2/models/a/infer?b", nil), ("/v3/models/a/infer", nil),
        ] as [(String, String?)] {
            let found = Self.read("POST \(target) HTTP/1.1\r\nHost: a\r\n\r\n") { head in
                head.part(after: "/v2/models/", before: "/infer")
            }
            #expect(found == .some(part), "\(target)")
        }
    }

    @Test(
        "is not one that could be read in two ways, or that the connection has to know of",
        arguments: [
            "Transfer-Encoding: chunked", "Transfer-Encoding : chunked", "Content-Length: 12", "Content-Length: +1",
            "Content-Length:", "Content-Length: 1 2", "Content-Length: 1234567890", "Connection: close",
            "Connection: keep-alive, upgrade", "Upgrade: h2c", "Expect: 100-continue", "TE: trailers", "Trailer: a",
            "Proxy-Connection: close", "Host: b", "hOST: a", "ACCEPT: a",
            ": a", "a b: c", "a", " folded: a", "a: \u{7F}", "a: \u{1}", "a:\tb", "a: b\t", "a: b ",
            "a: \u{E4}", "a_b: c",
        ]
    )
    func odd(line: String) {
        let text = "POST / HTTP/1.1\r\nHost: a\r\nAccept: b\r\nContent-Length: 12\r\n\(line)\r\n\r\n"
        #expect(Self.read(text) { _ in true } == nil)
    }

    @Test(
        "is not of another method, version or form",
        arguments: [
            "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.0\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\n\r\n",
            "POST  HTTP/1.1\r\nHost: a\r\n\r\n", "post / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", "POST / HTTP/1.1\nHost: a\n\n",
            "\r\nPOST / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\n\r\n",
        ]
    )
    func others(text: String) {
        #expect(Self.read(text) { _ in true } == nil)
    }

    @Test("is not without its end, nor beyond its bounds")
    func bounds() {
        for count in 0..<Self.usual.utf8.count {
            #expect(Self.read(String(decoding: Self.usual.utf8.prefix(count), as: UTF8.self)) { _ in true } == nil)
        }
        func text(headers: Int, of size: Int) -> String {
            let lines = (0..<headers).map { "a\($0): " + String(repeating: "b", count: size) + "\r\n" }
            return "POST / HTTP/1.1\r\nHost: a\r\n" + lines.joined() + "\r\n"
        }
        #expect(Self.read(text(headers: 31, of: 1)) { $0.header("a30") } == "b")
        #expect(Self.read(text(headers: 32, of: 1)) { _ in true } == nil)
        #expect(Self.read(text(headers: 1, of: 8_000)) { _ in true } == true)
        #expect(Self.read(text(headers: 1, of: 8_192)) { _ in true } == nil)
    }

    @Test("is read by HTTP's codec in the same way, however it is bent")
    func sameAsCodec() throws {
        var generator = SplitMix64(seed: 20_261_122)
        let alphabet = Array("\r\n\t :,;0123456789aAzZ/?%-_\u{0}\u{7F}HTP.chunked".utf8)
        let lines = [
            "Connection: close", "Proxy-Connection: close", "Keep-Alive: 5", "HOST: b", "X-A: b", "Cookie: a=b",
        ]
        var plain = 0
        for _ in 0..<20_000 {
            var bytes = Array(Self.usual.utf8)
            if Bool.random(using: &generator) {
                let line = lines[Int.random(in: 0..<lines.count, using: &generator)]
                bytes.replaceSubrange(bytes.count - 2..<bytes.count, with: Array("\(line)\r\n\r\n".utf8))
            }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = byte
                case 1: bytes.insert(byte, at: index)
                default: bytes.remove(at: index)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self).debugDescription
            try bytes.withUnsafeBytes { bytes in
                guard let head = PlainHead(bytes) else { return }
                plain += 1
                let told = try Told(ByteBuffer(bytes: bytes.prefix(head.count)))
                #expect(told.head.isKeepAlive, "\(text)")
                #expect((told.head.method == .POST) == head.isPost, "\(text)")
                #expect(told.head.uri == head.targetText, "\(text)")
                for (name, value) in told.head.headers {
                    #expect(head.header(name.lowercased()) == value, "\(text)")
                }
                #expect(told.bodyCount == head.bodyCount, "\(text)")
            }
        }
        #expect(plain > 5_000)
    }

    @Test("may begin only where its end has not come")
    func beginnings() {
        for text in ["POST /", "POST /a HTTP/1.1\r\nHost: a", "POST /a HTTP/1.1\r\nHost: a\r\n", "POST / x\r\n\r"] {
            #expect(Array(text.utf8).withUnsafeBytes { PlainHead.mayBegin($0) }, "\(text)")
        }
        for text in ["", "POST ", "GET /", "POST /a HTTP/1.1\r\n\r\n", "POST /a\n\nrest", "\u{16}\u{3}\u{1}\u{2}"] {
            #expect(!Array(text.utf8).withUnsafeBytes { PlainHead.mayBegin($0) }, "\(text)")
        }
        let endless = Array(("POST /" + String(repeating: "a", count: 8_192)).utf8)
        #expect(!endless.withUnsafeBytes { PlainHead.mayBegin($0) })
    }

    /// What HTTP's codec says of a head.
    private struct Told {
        let head: HTTPRequestHead
        /// Of how many bytes it takes the body to be.
        var bodyCount = 0

        init(_ bytes: ByteBuffer) throws {
            let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPRequestDecoder()))
            try channel.writeInbound(bytes)
            guard case .head(let head) = try channel.readInbound(as: HTTPServerRequestPart.self) else {
                throw HTTPParserError.unknown
            }
            self.head = head
            // It ends where the codec says so, byte by byte.
            while true {
                if case .end = try channel.readInbound(as: HTTPServerRequestPart.self) { break }
                try channel.writeInbound(ByteBuffer(string: "x"))
                if case .body = try channel.readInbound(as: HTTPServerRequestPart.self) { bodyCount += 1 }
                try #require(bodyCount <= 1_000_000)
            }
            _ = try? channel.finish()
        }
    }
}
