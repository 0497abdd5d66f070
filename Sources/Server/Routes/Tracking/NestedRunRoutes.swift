import Hummingbird
import Kernel
import Tracking

/// How many runs are nested in others.
struct NestedRunRoutes {
    static let askedMax = 100
    static let countMax = 1000
    let tracking: TrackingService

    /// Adds the route at the root.
    func add(to router: Router<MartletContext>) {
        router.get("api/v1/tracking/nested-runs", use: counts)
    }

    @Sendable private func counts(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let ids = try fields.strings("run_id")
        guard (1...Self.askedMax).contains(ids.count) else {
            throw MartletError(
                .invalidParameterValue,
                "Give run_id 1 to \(Self.askedMax) times, once for each run, not \(ids.count) times."
            )
        }
        let counts = try await tracking.nestedRunCounts(of: ids.map { RunID($0) }, limit: Self.countMax + 1)
        return .json { writer in
            writer.object { writer in
                writer.name("nested_runs")
                writer.array { writer in
                    for (id, count) in counts.sorted(by: { $0.key.text < $1.key.text }) {
                        writer.object { writer in
                            writer.member("run_id", id.text)
                            writer.member("count", Int64(min(count, Self.countMax)))
                            writer.member("truncated", count > Self.countMax)
                        }
                    }
                }
            }
        }
    }
}
