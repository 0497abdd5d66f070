import Inference
import Kernel

/// What a deployment says of how models are to be run; what it does not say stays as the endpoint has it.
package struct EndpointWishes: Sendable, Hashable {
    /// The processes of a model of Python, or the runs of an ONNX model that go on at once.
    let replicas: Int?
    /// Whether requests that wait are put together; nil inside for what the kind of the model decides.
    let isBatching: Bool??
    /// Whether answers are kept.
    let isCaching: Bool?

    /// Nothing is said.
    package static let none = EndpointWishes(replicas: nil, isBatching: nil)

    private init(replicas: Int?, isBatching: Bool??) {
        self.replicas = replicas
        self.isBatching = isBatching
        isCaching = nil
    }

    /// What a request says: `replicas`, `batching` as `auto`, `on` or `off`, and `caching`; nil for what it does not.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    package init(replicas: Int64? = nil, batching: String? = nil, caching: Bool? = nil) throws {
        isCaching = caching
        self.replicas = try replicas.map { count in
            guard (1...Int64(WorkerSettings.replicasMax)).contains(count) else {
                throw MartletError(
                    .invalidParameterValue,
                    "\"replicas\" must be a number from 1 to \(WorkerSettings.replicasMax), found \(count)"
                )
            }
            return Int(count)
        }
        isBatching = try batching.map { text in
            switch text {
            case "auto": return nil
            case "on": return true
            case "off": return false
            default:
                throw MartletError(.invalidParameterValue, "\"batching\" must be auto, on or off")
            }
        }
    }

    /// `settings` with what is wished for.
    func applied(to settings: EndpointSettings) -> EndpointSettings {
        EndpointSettings(
            workers: WorkerSettings(
                replicas: replicas ?? settings.workers.replicas,
                isBatching: isBatching ?? settings.workers.isBatching
            ),
            isCaching: isCaching ?? settings.isCaching
        )
    }
}
