import Testing

@testable import Outbound

@Suite("A URL to which a request may go")
struct OutboundURLTests {
    @Test(
        "names its host",
        arguments: [
            ("https://example.com/hook?a=b", "example.com"), ("HTTPS://Example.com:8443", "Example.com"),
            ("https://203.0.113.9/", "203.0.113.9"), ("https://[2001:4860:4860::8888]/x", "2001:4860:4860::8888"),
            ("https://a_b.example/", "a_b.example"),
        ]
    )
    func host(text: String, host: String) throws {
        let url = try OutboundURL(text, schemes: ["https"])
        #expect(url.host == host)
        #expect(url.text == text)
    }

    @Test("is refused with its scheme", arguments: ["http://example.com", "ftp://example.com", "file:///etc/passwd"])
    func scheme(text: String) {
        #expect {
            try OutboundURL(text, schemes: ["https"])
        } throws: { error in
            if case OutboundError.scheme? = error as? OutboundError { true } else { false }
        }
    }

    @Test(
        "is refused when programs read it differently, or there is nothing to ask",
        arguments: [
            "", "   ", "example.com", "https://", "https:///path", "http://[invalid", "https://127.1/",
            "https://0x7f.1/",
            "https://2130706433/", "https://0177.0.0.1/", "https://1.2.3.4.5/", "https://127.0.0.1%2eexample.com/",
            "https://user@example.com/", "https://user:word@example.com/", "https://example.com:0/",
            "https://example.com:70000/", "https://[fe80::1%25eth0]/", "https://exa mple.com/",
            "https://example.com\r\n/",
        ]
    )
    func refused(text: String) {
        #expect(throws: OutboundError.self) { try OutboundURL(text, schemes: ["https", "http"]) }
    }
}
