import Crypto
import Glibc
package import Kernel

/// AWS's Signature Version 4 for S3, over the headers of a request. Pure.
package struct SignatureV4: Sendable {
    /// A header or a member of a query, by its name.
    package typealias Field = (name: String, value: String)

    let credentials: AWSCredentials
    let region: String

    /// Signatures by `credentials` for S3 in `region`.
    package init(credentials: AWSCredentials, region: String) {
        self.credentials = credentials
        self.region = region
    }

    /// The headers of a request with those that authorize it.
    ///
    /// - Parameters:
    ///   - method: the method, in capitals.
    ///   - path: the path, percent-encoded, with a slash in front.
    ///   - query: names and values before they are encoded.
    ///   - headers: all headers that are signed, `host` among them; names in any case, each once.
    ///   - payloadSHA256: the hexadecimal SHA-256 of the body.
    ///   - time: the moment that the signature bears; S3 takes it for a quarter of an hour.
    /// - Returns: `headers`, then the date, the digest, the token where there is one, and the authorization.
    package func signed(
        method: String,
        path: String,
        query: [Field],
        headers: [Field],
        payloadSHA256: String,
        at time: Timestamp
    ) -> [Field] {
        let moment = Self.text(time)
        var headers = headers + [("x-amz-content-sha256", payloadSHA256), ("x-amz-date", moment)]
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let ordered = headers.map { (name: $0.name.lowercased(), value: Self.trimmed($0.value)) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let names = ordered.map(\.name).joined(separator: ";")
        let canonical = [
            method, path, Self.text(query), ordered.map { "\($0.name):\($0.value)\n" }.joined(), names, payloadSHA256,
        ].joined(separator: "\n")
        let scope = "\(moment.prefix(8))/\(region)/s3/aws4_request"
        let digest = Hexadecimal.text(SHA256.hash(data: Array(canonical.utf8)))
        let signature = Hexadecimal.text(
            Self.code("AWS4-HMAC-SHA256\n\(moment)\n\(scope)\n\(digest)", by: key(day: moment.prefix(8)))
        )
        headers.append(
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), "
                    + "Signature=\(signature)"
            )
        )
        return headers
    }

    /// A query as it is signed and sent: encoded, in the order of the names, then of the values.
    static func text(_ query: [Field]) -> String {
        query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { left, right in
                left.0 == right.0
                    ? left.1.utf8.lexicographicallyPrecedes(right.1.utf8)
                    : left.0.utf8.lexicographicallyPrecedes(right.0.utf8)
            }
            .map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// The key of a day, region and service; the secret itself signs nothing else.
    private func key(day: Substring) -> [UInt8] {
        let start = Array("AWS4\(credentials.secretAccessKey)".utf8)
        return [String(day), region, "s3", "aws4_request"].reduce(start) { Self.code($1, by: $0) }
    }

    private static func code(_ text: String, by key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }

    /// Without spaces around it, and with one where several are.
    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }

    /// `20260102T030405Z`.
    private static func text(_ time: Timestamp) -> String {
        var seconds = time_t(time.milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y%m%dT%H%M%SZ", &parts)
        return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
