/// A folder of a bucket, and how it is reached.
package struct S3Location: Sendable {
    let bucket: String
    /// The folder's key without slashes at its ends; empty for the whole bucket.
    let prefix: String
    let region: String
    /// Scheme, host and port, no slash at the end.
    let origin: String
    /// Host and port as they are signed.
    let host: String
    /// What stands in front of a key's path: the bucket, where it is not part of the host.
    let pathPrefix: String

    /// The folder that `uri` names, `s3://bucket/prefix`, where `environment` says that its server is.
    ///
    /// The endpoint is that of `MLFLOW_S3_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, else AWS's own;
    /// the region that of `AWS_REGION` or `AWS_DEFAULT_REGION`, else `us-east-1`. At another endpoint than AWS's, and
    /// for a bucket with a dot in its name, the bucket is part of the path and not of the host.
    /// - Throws: ``S3LocationError`` when one of them can't be read.
    package init(uri: String, environment: [String: String]) throws(S3LocationError) {
        func variable(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        guard uri.lowercased().hasPrefix("s3://") else {
            throw S3LocationError(description: "'\(uri)' is no s3:// URI")
        }
        let rest = uri.dropFirst("s3://".count)
        let bucket = String(rest.prefix { $0 != "/" })
        guard !bucket.isEmpty, bucket.utf8.allSatisfy(Self.isNamed) else {
            throw S3LocationError(description: "'\(uri)' names no bucket")
        }
        let segments = rest.dropFirst(bucket.count).split(separator: "/")
        guard !segments.contains(where: { $0 == "." || $0 == ".." }) else {
            throw S3LocationError(description: "'\(uri)' has relative parts")
        }
        self.bucket = bucket
        prefix = segments.joined(separator: "/")
        region = variable("AWS_REGION", "AWS_DEFAULT_REGION") ?? "us-east-1"
        guard let endpoint = variable("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL") else {
            let isPlain = !bucket.contains(".")
            let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
            host = (isPlain ? "\(bucket)." : "") + "s3.\(region).\(domain)"
            origin = "https://" + host
            pathPrefix = isPlain ? "" : "/\(bucket)"
            return
        }
        let scheme = endpoint.prefix { $0 != ":" }
        let place = endpoint.dropFirst(scheme.count)
        let authority = place.dropFirst("://".count).prefix { $0 != "/" }
        let path = place.dropFirst("://".count + authority.count)
        guard ["http", "https"].contains(scheme), place.hasPrefix("://"), !authority.isEmpty, !authority.contains("@"),
            path.allSatisfy({ $0 == "/" })
        else {
            // It may hold a password.
            let shown = endpoint.contains("@") ? "what the endpoint names" : "'\(endpoint)'"
            throw S3LocationError(description: "\(shown) is no address of an S3 server: http://host:port")
        }
        host = String(authority)
        origin = "\(scheme)://\(authority)"
        pathPrefix = "/\(bucket)"
    }

    /// Whether S3 may hold an object whose whole key is that of `key`.
    func isPossible(_ key: ObjectKey) -> Bool { name(of: key).utf8.count <= Self.nameBytesMax }

    private static let nameBytesMax = 1024

    /// The whole key of the object `key`.
    func name(of key: ObjectKey) -> String {
        prefix.isEmpty || key.isRoot ? prefix + key.description : "\(prefix)/\(key)"
    }

    /// What the keys of everything in the folder `key` begin with.
    func folderName(of key: ObjectKey) -> String {
        let name = name(of: key)
        return name.isEmpty ? "" : name + "/"
    }

    private static func isNamed(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "-._".utf8.contains(byte)
    }
}

/// Why a place in S3 can't be used, in words for a person.
package struct S3LocationError: Error, CustomStringConvertible {
    package let description: String
}
