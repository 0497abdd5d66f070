import Hummingbird
import Kernel
import Tracking

/// MLflow's call on how two filters of traces go together.
struct TraceCorrelationRoutes {
    let tracking: TrackingService

    /// Adds the route below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("traces/calculate-filter-correlation", use: correlate)
    }

    @Sendable private func correlate(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        guard try fields.value("experiment_ids") != nil else { throw fields.missing("experiment_ids") }
        let counts = try await tracking.correlateTraces(
            TraceCorrelationSearch(
                experimentIDs: try fields.strings("experiment_ids").map { try ExperimentID($0) },
                first: try fields.requiredString("filter_string1"),
                second: try fields.requiredString("filter_string2"),
                base: try fields.string("base_filter")
            )
        )
        return .json { writer in
            writer.object { writer in
                writer.name("npmi")
                writer.value(counts.mutualInformation)
                writer.name("npmi_smoothed")
                writer.value(counts.smoothedMutualInformation)
                writer.member("filter1_count", counts.first)
                writer.member("filter2_count", counts.second)
                writer.member("joint_count", counts.both)
                writer.member("total_count", counts.total)
            }
        }
    }
}
