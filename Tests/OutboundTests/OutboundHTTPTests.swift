import Dispatch
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Outbound

@Suite("A request to another server", .timeLimit(.minutes(1)))
struct OutboundHTTPTests {
    private static func client(_ lookup: HostLookup = HostLookup(), allowsPrivate: Bool = true) -> OutboundHTTP {
        OutboundHTTP(schemes: ["http"], allowsPrivate: allowsPrivate, lookup: lookup)
    }

    private static func post(_ url: String, by client: OutboundHTTP, seconds: Int64 = 2) async throws
        -> OutboundHTTP.Reply
    {
        try await client.ask(OutboundRequest(.post, url, body: "{}", timeoutSeconds: seconds))
    }

    @Test("ends in time also when the name server does not answer, and others are looked up meanwhile")
    func lookup() async throws {
        let gate = DispatchSemaphore(value: 0)
        let lookup = HostLookup { host in
            if host == "slow.example" { gate.wait() }
            return []
        }
        defer { for _ in 0..<3 { gate.signal() } }
        let client = Self.client(lookup, allowsPrivate: false)
        let started = ContinuousClock.now
        await withTaskGroup { group in
            for _ in 0..<3 {
                group.addTask {
                    await #expect(throws: OutboundError.timeout(seconds: 1)) {
                        try await Self.post("http://slow.example/", by: client, seconds: 1)
                    }
                }
            }
            group.addTask {
                await #expect(throws: OutboundError.unknownHost("other.example")) {
                    try await Self.post("http://other.example/", by: client, seconds: 1)
                }
            }
        }
        #expect(started.duration(to: .now) < .seconds(20))
    }

    @Test("no longer takes up a thread when nobody waits for its lookup")
    func abandoned() async throws {
        let gate = DispatchSemaphore(value: 0)
        let asked = Mutex<[String]>([])
        let lookup = HostLookup { host in
            asked.withLock { $0.append(host) }
            if host == "slow.example" { gate.wait() }
            return []
        }
        let client = Self.client(lookup, allowsPrivate: false)
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask { _ = try? await Self.post("http://slow.example/", by: client, seconds: 2) }
            }
            group.addTask { _ = try? await Self.post("http://waiting.example/", by: client, seconds: 2) }
        }
        for _ in 0..<4 { gate.signal() }
        await #expect(throws: OutboundError.unknownHost("last.example")) {
            try await Self.post("http://last.example/", by: client, seconds: 20)
        }
        let hosts = asked.withLock { $0 }
        #expect(hosts.last == "last.example")
    }

    @Test("is answered once the status is there, whatever becomes of the body")
    func bodies() async throws {
        try await withScriptedServer({ request in
            switch request.target {
            case "/stalls": .stalled(200, headers: ["Content-Length": "5"], text: "ab")
            case "/long": ScriptedAnswer(200, text: String(repeating: "x", count: 100_000))
            case "/busy": ScriptedAnswer(503, headers: ["Retry-After": "7"], text: "busy")
            default: .hangUp
            }
        }) { url in
            let client = Self.client()
            let stalled = try await Self.post(url + "/stalls", by: client)
            #expect(stalled.status == 200 && stalled.body == "ab")
            #expect(try await Self.post(url + "/long", by: client).body.utf8.count == 16 << 10)
            let busy = try await Self.post(url + "/busy", by: client)
            #expect(busy.status == 503 && busy.retryAfterSeconds == 7 && busy.body == "busy")
            await #expect(throws: (any Error).self) { try await Self.post(url + "/hangs-up", by: client) }
        }
    }

    @Test("ends in time when nothing is answered")
    func silent() async throws {
        try await withScriptedServer({ _ in
            try await Task.sleep(for: .seconds(60))
            return .hangUp
        }) { url in
            await #expect(throws: OutboundError.timeout(seconds: 1)) {
                try await Self.post(url, by: Self.client(), seconds: 1)
            }
        }
    }

    @Test("that is called off says nothing of the other server")
    func cancelled() async throws {
        try await withScriptedServer({ _ in .stalled(200, headers: ["Content-Length": "5"], text: "ab") }) { url in
            let client = Self.client()
            let post = Task { try await Self.post(url, by: client, seconds: 60) }
            try await Task.sleep(for: .milliseconds(300))
            post.cancel()
            await #expect(throws: CancellationError.self) { try await post.value }
        }
    }
}
