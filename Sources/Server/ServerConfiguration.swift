import Database
package import Inference
import Ledger
package import Serving

/// What `martlet server` is told.
package struct ServerConfiguration: Sendable {
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port to listen on; 0 for any free one.
    package var port = 5000
    /// The port to listen on for the Open Inference Protocol over gRPC; 0 for any free one, nil for none.
    package var grpcPort: Int?
    /// The days for which predictions are kept in their log; nil for ever.
    package var predictionDays: Int?
    /// What callers of predictions are held to.
    package var predictionLimits = PredictionLimits()
    /// What a run of an ONNX model may use.
    package var runLimits = RunLimits()
    /// The bytes of answers that are kept for endpoints that cache them.
    package var resultCacheBytes = 64 << 20
    /// The folder of the databases and artifacts.
    package var dataDirectory = "./martlet-data"
    /// The database of everything but artifacts, as SQLAlchemy writes it; nil for SQLite in the data folder.
    package var backendStoreURI: String?
    /// The URI under which new experiments keep their artifacts, handed out as it is; nil for the server's own store.
    package var defaultArtifactRoot: String?
    /// Further roots, as paths, `file:` or `s3:` URIs, below which the server may read the files of versions.
    package var artifactRoots: [String] = []
    /// Where the server keeps the artifacts that it is sent: a folder, as a path or a `file:` URI, or
    /// `s3://bucket/prefix`; nil for a folder in the data folder.
    package var artifactsDestination: String?
    /// Whether clients may send artifacts to the server and fetch them from it.
    package var servesArtifacts = true
    /// Hosts that requests may name besides loopback and private addresses.
    package var allowedHosts: [String] = []
    /// The address at which callers reach the server, as a proxy before it has it; nil for the one that a request names.
    package var publicURL: String?
    /// The endpoint that answers `/invocations` when there are several and the request names none.
    package var defaultEndpoint: String?
    /// What runs models of Python; nil where none may be deployed.
    package var python: PythonSettings? = PythonSettings()
    /// Whether callers without a token may do anything, on whatever address.
    package var allowsAnonymous = false
    /// The address of an MLflow server that keeps runs and models in this one's place; nil for none.
    package var externalMLflow: String?
    /// Schemes that the URLs of webhooks may have.
    package var webhookSchemes = ["https"]
    /// Whether webhooks may lead to private addresses and to this machine.
    package var allowsPrivateWebhooks = false
    /// Schemes that the addresses of the gateway's providers may have.
    package var gatewaySchemes = ["https"]
    /// Whether the gateway's providers may have private addresses and be on this machine.
    package var allowsPrivateGateways = false
    /// What opens the gateway's secrets besides the server's key; nil for nothing.
    package var gatewayPassphrase: String?
    /// The address of a server of language models that MLflow's page may ask through this one; nil for none.
    package var deploymentsTarget: String?
    /// The process's environment, for finding native libraries.
    package var environment: [String: String] = [:]

    /// Loopback, port 5000, data in `./martlet-data`.
    package init() {}

    /// Whether nobody but this machine can reach the address.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// Who a caller without a token is; nil when there must be a token.
    var anonymousActor: Actor? {
        isLoopback ? .local : allowsAnonymous ? .anonymous : nil
    }
}

extension ServerConfiguration {
    /// Refuses options that can't be meant so, before anything is opened or made.
    ///
    /// - Throws: ``StartupError``.
    package func checkOptions() throws {
        if let backendStoreURI { try Self.checkDatabase(backendStoreURI) }
        try ArtifactDestination.check(self)
        if let externalMLflow { try ExternalMLflow.check(externalMLflow) }
        _ = try PublicAddress(publicURL)
    }

    /// Refuses what names no database of a kind that is known.
    ///
    /// - Throws: ``StartupError``.
    package static func checkDatabase(_ uri: String) throws {
        do {
            try DatabaseLocation.check(uri)
        } catch {
            throw StartupError("The database can't be opened: \(error.message)")
        }
    }
}

/// Why the server can't start, in one line for a person.
package struct StartupError: Error, CustomStringConvertible {
    /// What is wrong and what to do about it.
    package let description: String

    /// An error that says `description`.
    package init(_ description: String) {
        self.description = description
    }
}
