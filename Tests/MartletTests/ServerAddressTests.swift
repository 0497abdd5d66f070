import Testing

@testable import Martlet

@Suite("The address of a server")
struct ServerAddressTests {
    @Test(
        "is taken as it is given, without what does not belong before a path",
        arguments: [
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000"), ("https://ml.example/", "https://ml.example"),
            ("http://ml.example/martlet//", "http://ml.example/martlet"),
            ("http://ml.example:80?x=1#y", "http://ml.example:80"), ("HTTP://ml.example", "HTTP://ml.example"),
            ("http://[::1]:5000", "http://[::1]:5000"),
        ]
    )
    func kept(given: String, text: String) throws {
        #expect(try ServerAddress(given).text == text)
    }

    @Test("never shows the password that stands in it, and logs in with it")
    func secret() throws {
        let address = try ServerAddress("https://ann:s%40fe@ml.example/")
        #expect(address.text == "https://ml.example")
        #expect(address.credentials == .password(user: "ann", password: "s@fe"))
    }

    @Test(
        "tells no password of an address that it refuses",
        arguments: ["postgresql://ann:s@fe@db.example/x", "ann:s@fe@ml.example", "ftp://ann:s%40fe@ml.example"]
    )
    func secretOfRefused(text: String) {
        #expect {
            try ServerAddress(text)
        } throws: { error in
            let told = "\(error)"
            return told.contains("example") && !told.contains("fe@") && !told.contains("ann")
        }
    }

    @Test(
        "is refused when it is none over HTTP",
        arguments: ["", "127.0.0.1:5000", "sqlite:///mlruns.db", "databricks", "file:///tmp", "http://", "./mlruns"]
    )
    func refused(text: String) {
        #expect { try ServerAddress(text) } throws: { ($0 as? ClientError)?.kind == .usage }
    }
}
