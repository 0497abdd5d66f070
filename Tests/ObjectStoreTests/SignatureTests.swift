import Foundation
import Kernel
import ObjectStore
import Testing

@Suite("A request's signature")
struct SignatureTests {
    /// A request and what botocore made of it; `make_signatures.py` writes them.
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let method: String
        let host: String
        let path: String
        let query: [[String]]
        let headers: [[String]]
        let credentials: [String?]
        let region: String
        let milliseconds: Int64
        let signed: [String: String]

        var testDescription: String { name }
    }

    private struct File: Decodable {
        let cases: [Case]
    }

    static let cases: [Case] = {
        do {
            let url = try #require(
                Bundle.module.url(forResource: "signatures", withExtension: "json", subdirectory: "Fixtures")
            )
            return try JSONDecoder().decode(File.self, from: try Data(contentsOf: url)).cases
        } catch {
            Issue.record(error)
            return []
        }
    }()

    @Test("is the one that botocore makes", arguments: cases)
    func same(made: Case) throws {
        let credentials = AWSCredentials(
            accessKeyID: try #require(made.credentials[0]),
            secretAccessKey: try #require(made.credentials[1]),
            sessionToken: made.credentials[2]
        )
        let query: [SignatureV4.Field] = made.query.map { ($0[0], $0[1]) }
        var given: [SignatureV4.Field] = made.headers.map { ($0[0], $0[1]) }
        given.append(("host", made.host))
        let signed = SignatureV4(credentials: credentials, region: made.region).signed(
            method: made.method,
            path: made.path,
            query: query,
            headers: given,
            payloadSHA256: try #require(made.signed["x-amz-content-sha256"]),
            at: Timestamp(milliseconds: made.milliseconds)
        )
        let found = Dictionary(uniqueKeysWithValues: signed.map { ($0.name.lowercased(), $0.value) })
        for name in ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"] {
            #expect(found[name] == made.signed[name], "\(name)")
        }
    }

    @Test("has all its cases")
    func complete() {
        #expect(Self.cases.count == 12)
    }
}
