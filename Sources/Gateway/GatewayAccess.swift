/// The ways in which a provider lets the gateway in, each with the fields of a secret for it: what MLflow 3.18 says of
/// the provider.
package struct GatewayAccess: Sendable {
    /// One field of a secret.
    package struct Field: Sendable {
        /// Its name: `api_key`.
        package let name: String
        /// What it is, for people.
        package let description: String
        /// Whether it belongs to the sealed values, not to the settings.
        package let isSecret: Bool
        /// Whether it must be there.
        package let isRequired: Bool
        /// What it is where it is left out; nil for nothing.
        package let standard: String?
    }

    /// One way in.
    package struct Mode: Sendable {
        /// Its name: `access_keys`.
        package let name: String
        /// Its name for people.
        package let title: String
        /// What it is.
        package let description: String
        /// Its fields.
        package let fields: [Field]
    }

    /// The ways, the usual one first.
    package let modes: [Mode]

    /// The ways in at `provider`; a key, and an address where one is wanted, at those of which nothing else is known.
    package init(of provider: String) {
        let name = provider.lowercased()
        modes =
            switch Self.aliases[name] ?? name {
            case "bedrock": Self.bedrock
            case "azure": Self.azure
            case "vertex_ai": Self.vertexAI
            case "databricks": Self.databricks
            case "portkey": Self.portkey
            case "sagemaker": Self.sageMaker
            case "typesafe":
                Self.key(.key("TypeSafe API key"), .address("TypeSafe", usual: "https://api.typesafe.ai/v1"))
            default: Self.key(.key("API key of \(provider)"), .address(provider))
            }
    }

    private static let aliases = [
        "amazon-bedrock": "bedrock", "bedrock_converse": "bedrock", "databricks-model-serving": "databricks",
    ]

    private static func key(_ fields: Field...) -> [Mode] {
        [Mode(name: "api_key", title: "API Key", description: "A key of the provider", fields: fields)]
    }

    private static let bedrock = [
        Mode(
            name: "api_key",
            title: "API Key",
            description: "A key of Amazon Bedrock (bearer token)",
            fields: [.key("Amazon Bedrock API key"), .region(isRequired: true)]
        ),
        Mode(
            name: "access_keys",
            title: "Access Keys",
            description: "An AWS access key with its secret",
            fields: [.accessKey, .secretAccessKey, .region()]
        ),
        Mode(
            name: "iam_role",
            title: "IAM Role Assumption",
            description: "A role that is assumed with the credentials that the server's machine has",
            fields: [.role(isRequired: true), .region()]
        ),
        chain,
    ]

    private static let chain = Mode(
        name: "default_chain",
        title: "Default Credential Chain",
        description: "The AWS credentials that the server's machine has",
        fields: [.role(), .session, .region()]
    )

    private static let sageMaker = [
        Mode(
            name: "access_keys",
            title: "Access Keys",
            description: "An AWS access key with its secret",
            fields: [.accessKey, .secretAccessKey, .region(isRequired: true)]
        ),
        Mode(
            name: "iam_role",
            title: "IAM Role Assumption",
            description: "A role, also of another account, that is assumed with an access key",
            fields: [.accessKey, .secretAccessKey, .role(isRequired: true), .session, .region(isRequired: true)]
        ),
        chain,
    ]

    private static let azure = key(
        .key("Azure OpenAI API key"),
        .setting("api_base", "Address of the Azure OpenAI endpoint", isRequired: true),
        .setting("api_version", "Version of the API: 2024-02-01", isRequired: true)
    )

    private static let vertexAI = [
        Mode(
            name: "service_account_json",
            title: "Service Account JSON",
            description: "The key file of a Google Cloud service account",
            fields: [.secret("vertex_credentials", "What the key file holds (JSON)")] + project
        ),
        Mode(
            name: "default_chain",
            title: "Application Default Credentials",
            description: "The Google Cloud credentials that the server's machine has",
            fields: project
        ),
    ]

    private static let project: [Field] = [
        .setting("vertex_project", "Google Cloud project", isRequired: true),
        .setting("vertex_location", "Region: us-central1", standard: "us-central1"),
    ]

    private static let databricks = [
        Mode(
            name: "pat_token",
            title: "Personal Access Token",
            description: "A personal access token",
            fields: [.key("Databricks personal access token"), workspace]
        ),
        Mode(
            name: "oauth_m2m",
            title: "OAuth M2M (Service Principal)",
            description: "A service principal",
            fields: [
                .secret("client_secret", "Secret of the service principal"), workspace,
                .setting("client_id", "Id of the service principal", isRequired: true),
            ]
        ),
    ]

    private static let workspace = Field.setting("api_base", "Address of the Databricks workspace", isRequired: true)

    private static let portkey = key(
        .key("Portkey API key"),
        .setting("portkey_provider", "Provider to which requests go: @openai-prod, or openai"),
        .secret("portkey_config", "Portkey's configuration, by its id or as JSON", isRequired: false),
        .secret("provider_api_key", "Key of the provider, where Portkey does not keep it", isRequired: false),
        .address("Portkey", usual: "https://api.portkey.ai/v1")
    )
}

extension GatewayAccess.Field {
    fileprivate static func secret(_ name: String, _ description: String, isRequired: Bool = true) -> Self {
        Self(name: name, description: description, isSecret: true, isRequired: isRequired, standard: nil)
    }

    fileprivate static func setting(
        _ name: String,
        _ description: String,
        isRequired: Bool = false,
        standard: String? = nil
    ) -> Self {
        Self(name: name, description: description, isSecret: false, isRequired: isRequired, standard: standard)
    }

    fileprivate static func key(_ description: String) -> Self { secret("api_key", description) }

    fileprivate static func address(_ provider: String, usual: String? = nil) -> Self {
        setting("api_base", "Address of the API of \(provider)" + (usual.map { ", where it is not \($0)" } ?? ""))
    }

    fileprivate static let accessKey = secret("aws_access_key_id", "AWS access key id")
    fileprivate static let secretAccessKey = secret("aws_secret_access_key", "AWS secret access key")
    fileprivate static let session = setting("aws_session_name", "Name of the session in which the role is assumed")

    fileprivate static func role(isRequired: Bool = false) -> Self {
        setting("aws_role_name", "ARN of the role to assume", isRequired: isRequired)
    }

    fileprivate static func region(isRequired: Bool = false) -> Self {
        setting("aws_region_name", "AWS region: us-east-1", isRequired: isRequired)
    }
}
