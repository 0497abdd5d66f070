import Kernel
import NIOHTTP1
import Testing

@testable import Server

@Suite("The guard", .timeLimit(.minutes(2)))
struct GuardTests {
    @Test("lets requests through that name this machine or a private address, and no others")
    func hosts() async throws {
        try await withServer { client in
            let allowed = [
                "localhost", "LOCALHOST:5000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:5000", "0.0.0.0:80",
                "10.1.2.3", "192.168.0.9:80",
                "172.16.0.1", "172.31.255.255", "[fd00:1::2]:80",
            ]
            let refused = [
                "evil.example", "evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example", "172.15.0.1",
                "172.32.0.1",
                "8.8.8.8", "11.0.0.1", "[::1].evil.example", "[2001:db8::1]", "10.evil.example", "192.168.1", "",
            ]
            for host in allowed + refused {
                let answer = try await client.send(.GET, "/api/v1/version", headers: ["Host": host])
                #expect(answer.status == (allowed.contains(host) ? 200 : 403), "\(host)")
                guard refused.contains(host) else { continue }
                #expect(answer.text == "Invalid Host header - possible DNS rebinding attack detected", "\(host)")
                #expect(try await client.send(.GET, "/nope", headers: ["Host": host]).status == 403, "\(host)")
            }
        }
    }

    @Test("lets anybody ask whether the server lives", arguments: ["/health", "/version", "/livez", "/readyz"])
    func probes(uri: String) async throws {
        try await withServer { client in
            var answer = try await client.send(.GET, uri, headers: ["Host": "evil.example"])
            // Until what was deployed is loaded, beside the first requests, the server is not ready.
            let end = ContinuousClock.now + .seconds(60)
            while answer.status == 503, .now < end {
                try await Task.sleep(for: .milliseconds(20))
                answer = try await client.send(.GET, uri, headers: ["Host": "evil.example"])
            }
            #expect(answer.status == 200)
        }
    }

    @Test("lets hosts through by pattern, as a shell has it")
    func patterns() {
        let hostGuard = GuardMiddleware(allowedHosts: ["*.Company.com", "ml-[0-9].example:5000*", "exact.example"])
        for host in ["a.company.com", "A.B.company.COM:443", "ml-7.example:5000", "exact.example:1", "localhost"] {
            #expect(hostGuard.isChangeAllowed(host: host, origin: nil), "\(host)")
        }
        for host in [
            "company.com", "a.company.com.evil.example", "ml-x.example:5000", "ml-7.example", "a.exact.example",
        ] {
            #expect(!hostGuard.isChangeAllowed(host: host, origin: nil), "\(host)")
        }
        #expect(hostGuard.isChangeAllowed(host: "localhost", origin: "https://a.company.com"))
        #expect(!hostGuard.isChangeAllowed(host: "localhost", origin: "https://a.company.org"))
    }

    @Test("refuses changes that a page from elsewhere makes a browser send")
    func origins() async throws {
        try await withServer { client in
            let allowed = ["http://localhost:3000", "http://127.0.0.1:5000", "http://[::1]:5000", "https://LOCALHOST"]
            let refused = [
                "http://evil.example", "null", "", "http://127.0.0.1.evil.example", "http://192.168.1.7",
                "http://10.0.0.1:5000",
                "file://", "http://localhost@evil.example",
            ]
            for origin in allowed + refused {
                let answer = try await client.send(
                    .POST,
                    "/api/2.0/mlflow/experiments/search",
                    headers: ["Origin": origin, "Content-Type": "application/json"],
                    body: Array(#"{"max_results":1}"#.utf8)
                )
                #expect(answer.status == (allowed.contains(origin) ? 200 : 403), "\(origin)")
                if refused.contains(origin) { #expect(answer.text == "Cross-origin request blocked", "\(origin)") }
                // Reading changes nothing, and a browser keeps the answer from the page.
                #expect(
                    try await client.send(.GET, "/api/v1/version", headers: ["Origin": origin]).status == 200,
                    "\(origin)"
                )
            }
        }
    }

    @Test("knows the server's own page by the address that the request names")
    func ownPage() async throws {
        try await withServer { client in
            let answer = try await client.send(
                .POST,
                "/api/2.0/mlflow/experiments/search",
                headers: [
                    "Host": "192.168.1.7:5000", "Origin": "http://192.168.1.7:5000", "Content-Type": "application/json",
                ],
                body: Array(#"{"max_results":1}"#.utf8)
            )
            #expect(answer.status == 200)
        }
    }
}
