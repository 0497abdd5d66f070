import Foundation
import Kernel
import ObjectStore
import Testing

@Suite("A place in S3")
struct LocationTests {
    @Test(
        "that can't be meant is refused with the reason",
        arguments: [
            ("http://bucket/x", [:]), ("s3://", [:]), ("s3:///x", [:]), ("s3://bu cket/x", [:]),
            ("s3://bucket/../x", [:]), ("s3://bucket", ["AWS_ENDPOINT_URL": "127.0.0.1:9000"]),
            ("s3://bucket", ["AWS_ENDPOINT_URL": "ftp://x"]), ("s3://bucket", ["AWS_ENDPOINT_URL": "http://u:p@x"]),
            ("s3://bucket", ["AWS_ENDPOINT_URL": "http://x/path"]), ("s3://bucket", ["AWS_ENDPOINT_URL": "http://"]),
        ] as [(String, [String: String])]
    )
    func refused(uri: String, environment: [String: String]) {
        #expect(throws: S3LocationError.self) { try S3Location(uri: uri, environment: environment) }
    }

    @Test("whose address holds a password is refused without telling it")
    func password() {
        let error = #expect(throws: S3LocationError.self) {
            try S3Location(uri: "s3://bucket", environment: ["AWS_ENDPOINT_URL": "http://user:word@x"])
        }
        #expect(error?.description.contains("no address of an S3 server") == true)
        #expect(error?.description.contains("word") == false)
    }

    @Test("is taken in every usual form")
    func taken() throws {
        for uri in ["s3://bucket", "s3://bucket/", "S3://bucket/a//b/", "s3://my.bucket-1/a b"] {
            _ = try S3Location(uri: uri, environment: ["AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000/"])
            _ = try S3Location(uri: uri, environment: ["AWS_REGION": "eu-central-1"])
        }
    }

    @Test("needs a key and its secret")
    func credentials() {
        #expect(AWSCredentials(environment: [:]) == nil)
        #expect(AWSCredentials(environment: ["AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": ""]) == nil)
        #expect(AWSCredentials(environment: ["AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"]) != nil)
    }
}
