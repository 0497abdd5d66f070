/// What signs requests to S3: a key, its secret, and for temporary keys a token.
package struct AWSCredentials: Sendable {
    let accessKeyID: String
    let secretAccessKey: String
    /// The token of temporary credentials, nil for lasting ones.
    let sessionToken: String?

    /// Credentials as they are given.
    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    /// The credentials in `environment` under AWS's standard names; nil when key or secret is not there.
    package init?(environment: [String: String]) {
        guard let id = environment["AWS_ACCESS_KEY_ID"], !id.isEmpty,
            let secret = environment["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty
        else { return nil }
        let token = environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        self.init(accessKeyID: id, secretAccessKey: secret, sessionToken: token)
    }
}
