package import Inference
import Ledger
package import Serving

/// What `martlet serve` is told.
package struct ModelServerConfiguration: Sendable {
    /// The file that says which models are served.
    package var modelsFile: String
    /// Whether a model's file may be served that no digest pins.
    package var allowsUnpinned = false
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port to listen on; 0 for any free one.
    package var port = 5000
    /// The port to listen on for gRPC; 0 for any free one, nil for none.
    package var grpcPort: Int?
    /// Hosts that requests may name besides loopback and private addresses.
    package var allowedHosts: [String] = []
    /// The model that answers `/invocations` when there are several and the request names none.
    package var defaultEndpoint: String?
    /// What callers are held to.
    package var predictionLimits = PredictionLimits()
    /// What a run of an ONNX model may use.
    package var runLimits = RunLimits()
    /// The bytes of answers that are kept; 0 for none.
    package var resultCacheBytes = 0
    /// Whether callers without a token may ask, on whatever address.
    package var allowsAnonymous = false
    /// The secret that callers send as their token; nil for none.
    package var token: String?
    /// The process's environment, for finding native libraries.
    package var environment: [String: String] = [:]

    /// The models of the file at `modelsFile`, on loopback.
    package init(modelsFile: String) {
        self.modelsFile = modelsFile
    }

    /// Who a caller without a token is; nil when there must be a token.
    var anonymousActor: Actor? {
        if allowsAnonymous { return .anonymous }
        let isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        return isLoopback && token == nil ? .local : nil
    }
}
