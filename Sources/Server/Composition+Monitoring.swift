import Kernel
import Logging
import Monitoring
import Registry
import ServiceLifecycle
import Serving

/// What Monitoring asks of the rooms beside it, and Serving of Monitoring.
enum MonitoringSources {
    /// What an endpoint's present version was asked in a window, out of the prediction log.
    static func current(of serving: ServingService, _ registry: RegistryService) -> MonitoringService.CurrentReader {
        { name, window in
            let endpoint = try serving.endpoint(name).endpoint
            let version = try await registry.version(endpoint.modelName, .number(endpoint.version))
            let records = try await serving.log.rows(endpoint: name, window: predictionWindow(window)).filter {
                record in
                record.modelName == endpoint.modelName && record.modelVersion == endpoint.version
            }
            return CurrentWindow(
                version: monitored(version),
                from: records.map(\.at).min() ?? version.createdAt,
                to: records.map(\.at).max() ?? version.createdAt,
                features: records.map(\.features)
            )
        }
    }

    /// The rows that were logged beside a version, for Serving.
    static func samples(_ references: ReferenceFiles, _ registry: RegistryService) -> SampleReader {
        { kind, model, number in
            let version = try await registry.version(model, .number(number))
            return switch kind {
            case .background: try await references.reference(of: version)
            case .calibration: try await references.calibration(of: version)
            }
        }
    }

    /// How Monitoring calls a version.
    static func monitored(_ version: ModelVersion) -> MonitoredVersion {
        MonitoredVersion(modelName: version.modelName, number: version.number, createdAt: version.createdAt)
    }

    /// Whether a reference may lie where it is looked for: in the version's files, or in its run's.
    static func mayHaveReference(_ version: ModelVersion) -> Bool {
        if case .pinned = version.pin { return true }
        return version.runID != nil
    }

    private static func predictionWindow(_ window: DriftWindow) -> PredictionWindow {
        switch window {
        case .lastRows(let count): .lastRows(count)
        case .between(let from, let to): .between(from, to)
        }
    }
}

/// Captures the reference of each version soon after its registration, one after the other.
///
/// What a crash or an overflow leaves out is captured when drift is first checked.
struct ReferenceCapture: Service {
    private static let backlogMax = 1000
    let monitoring: MonitoringService
    let versions: AsyncStream<MonitoredVersion>
    let logger: Logger

    /// A queue for versions, and the way to put one in.
    static func queue() -> (AsyncStream<MonitoredVersion>, AsyncStream<MonitoredVersion>.Continuation) {
        AsyncStream.makeStream(of: MonitoredVersion.self, bufferingPolicy: .bufferingOldest(backlogMax))
    }

    func run() async throws {
        for await version in versions.cancelOnGracefulShutdown() {
            do {
                try await monitoring.captureReference(of: version)
            } catch {
                logger.warning(
                    "a reference could not be captured; it is tried again when drift is checked",
                    metadata: [
                        "model_name": "\(version.modelName)", "model_version": "\(version.number)",
                        "error": "\(error)",
                    ]
                )
            }
        }
    }
}
