import Kernel
import ObjectStore

/// Which object of our store an artifact URI names.
enum ArtifactLocation {
    /// The scheme of artifacts that the server keeps itself.
    static let scheme = "mlflow-artifacts:/"

    /// The key of `path` below the folder `uri`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the folder is not ours or the path is not one.
    static func key(_ uri: String, _ path: String = "") throws -> ObjectKey {
        guard uri.hasPrefix(scheme) else {
            throw MartletError(
                .invalidParameterValue,
                "The artifacts at '\(uri.prefix(200))' are not kept by this server; read them with a client."
            )
        }
        let folder = try ObjectKey(String(uri.dropFirst(scheme.count).drop { $0 == "/" }))
        return path.isEmpty ? folder : try folder.appending(path)
    }
}
