import Inference
import Kernel

/// What a deployment says of how a model of Python is to be run; what it does not say stays as the endpoint has it.
package struct WorkerWishes: Sendable, Hashable {
    /// The processes.
    let replicas: Int?
    /// Whether requests that wait are put together; nil inside for what the kind of the model decides.
    let isBatching: Bool??

    /// Nothing is said.
    package static let none = WorkerWishes(replicas: nil, isBatching: nil)

    private init(replicas: Int?, isBatching: Bool??) {
        self.replicas = replicas
        self.isBatching = isBatching
    }

    /// What a request says: `replicas`, and `batching` as `auto`, `on` or `off`; nil for what it does not.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    package init(replicas: Int64?, batching: String?) throws {
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
    func applied(to settings: WorkerSettings) -> WorkerSettings {
        WorkerSettings(replicas: replicas ?? settings.replicas, isBatching: isBatching ?? settings.isBatching)
    }
}
