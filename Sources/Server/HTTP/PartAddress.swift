import HTTPTypes
import Hummingbird

/// The addresses to which the parts of files are sent: who has one brings the right to do so in a header that came with it.
///
/// MLflow's client sends a part with those headers alone, without its user's token.
enum PartAddress {
    /// Whether `request` is sent to such an address. The path is compared as it came, so nothing else can look like one.
    static func isNamed(by request: Request) -> Bool {
        guard request.method == .put else { return false }
        let segments = request.uri.path.split(separator: "/", omittingEmptySubsequences: false)
        return segments.count == 8 && segments[0].isEmpty && ["api", "ajax-api"].contains(segments[1])
            && ["2.0", "3.0"].contains(segments[2])
            && segments[3...5].elementsEqual(["mlflow-artifacts", "mpu", "parts"])
    }
}

extension HTTPField.Name {
    /// The secret that was told when the upload was announced. In a header, since addresses stand in proxies' logs.
    static let uploadRight = HTTPField.Name(validated: "X-Martlet-Upload")
}
