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
        let slow = (0..<4).map { _ in
            Task { _ = try? await Self.post("http://slow.example/", by: client, seconds: 60) }
        }
        // Only when all threads are taken up does another wait.
        while asked.withLock({ $0.count }) < 4 { try await Task.sleep(for: .milliseconds(5)) }
        await #expect(throws: OutboundError.timeout(seconds: 1)) {
            try await Self.post("http://waiting.example/", by: client, seconds: 1)
        }
        for _ in 0..<4 { gate.signal() }
        await #expect(throws: OutboundError.unknownHost("last.example")) {
            try await Self.post("http://last.example/", by: client, seconds: 20)
        }
        for task in slow { await task.value }
        let hosts = asked.withLock { $0 }
        #expect(hosts.contains("last.example") && !hosts.contains("waiting.example"))
    }

    @Test("is refused when too many hosts are being looked up, in words that say so")
    func crowded() async throws {
        let gate = DispatchSemaphore(value: 0)
        let lookup = HostLookup { _ in
            gate.wait()
            return []
        }
        let waiting = (0..<HostLookup.waitingMax).map { number in
            Task { _ = try? await lookup.addresses(of: "\(number).example") }
        }
        var refusal: OutboundError?
        while refusal == nil {
            // Each time another place may just not be taken yet; then this one waits until it is called off.
            let one = Task { try await lookup.addresses(of: "one.more.example") }
            try await Task.sleep(for: .milliseconds(20))
            one.cancel()
            do { _ = try await one.value } catch { refusal = error as? OutboundError }
        }
        #expect(refusal == .tooManyLookups && refusal?.isPassing == true)
        for _ in 0..<1000 { gate.signal() }
        for task in waiting { await task.value }
    }

    @Test("goes to the address that was checked, whatever its name means a moment later")
    func checkedAddress() async throws {
        try await withScriptedServer({ request in
            ScriptedAnswer(200, text: request.headers.first(name: "Host") ?? "")
        }) { url in
            let port = try #require(url.split(separator: ":").last)
            let lookup = HostLookup { _ in [HostLookup.Address(text: "127.0.0.1", isPublic: true)] }
            let client = Self.client(lookup, allowsPrivate: false)
            // Nobody else would find this name.
            let reply = try await Self.post("http://checked.invalid:\(port)/", by: client, seconds: 20)
            #expect(reply.body == "checked.invalid:\(port)")
        }
    }

    @Test(
        "with a header that can't be sent is refused, and the value stands in no error",
        arguments: ["\n", "\r\n", "\u{7F}"]
    )
    func badHeader(end: String) async throws {
        try await withScriptedServer({ _ in .hangUp }) { url in
            let headers = [(name: "Authorization", value: "Bearer key-of-a-test" + end)]
            let request = OutboundRequest(.post, url, headers: headers, timeoutSeconds: 20)
            let error = await #expect(throws: OutboundError.self) { try await Self.client().ask(request) }
            #expect(error == .badHeader(name: "Authorization") && error?.isPassing == false)
            #expect(error.map { "\($0) \($0.reason)".contains("key-of-a-test") } == false)
        }
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
