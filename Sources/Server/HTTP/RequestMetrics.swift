package import Hummingbird
import Synchronization

/// How many requests were answered how, and how long that took.
package final class RequestMetrics: Sendable {
    /// Upper ends of the latency buckets, in seconds.
    private static let bounds: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

    private struct Counts {
        var byStatusClass = [Int](repeating: 0, count: 6)
        var byBucket = [Int](repeating: 0, count: RequestMetrics.bounds.count + 1)
        var seconds = 0.0
    }

    private let counts = Mutex(Counts())

    /// Counts at zero.
    package init() {}

    /// Counts a request that came at `start` and is now answered with `status`.
    func count(status: Int, since start: ContinuousClock.Instant) {
        let duration = start.duration(to: .now).components
        let seconds = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        counts.withLock { counts in
            counts.byStatusClass[min(status / 100, 5)] += 1
            counts.byBucket[bucket] += 1
            counts.seconds += seconds
        }
    }

    /// Writes the counts.
    func write(to page: inout PrometheusText) {
        let counts = counts.withLock { $0 }
        page.metric("martlet_server_requests_total", "counter", "Requests answered, by class of status.")
        for status in 1...5 {
            let labels = [("status", "\(status)xx")]
            page.sample("martlet_server_requests_total", labels, Double(counts.byStatusClass[status]))
        }
        page.metric(
            "martlet_server_request_duration_seconds",
            "histogram",
            "Time from a request's head to its answer's head."
        )
        var sum = 0
        for (index, bound) in Self.bounds.enumerated() {
            sum += counts.byBucket[index]
            page.sample("martlet_server_request_duration_seconds_bucket", [("le", "\(bound)")], Double(sum))
        }
        sum += counts.byBucket[Self.bounds.count]
        page.sample("martlet_server_request_duration_seconds_bucket", [("le", "+Inf")], Double(sum))
        page.sample("martlet_server_request_duration_seconds_sum", [], counts.seconds)
        page.sample("martlet_server_request_duration_seconds_count", [], Double(sum))
    }
}

/// Counts every request in ``RequestMetrics``.
package struct RequestMetricsMiddleware: RouterMiddleware {
    package typealias Context = MartletContext
    private let metrics: RequestMetrics

    /// The middleware that counts in `metrics`; it must stand outside the one that turns errors into answers.
    package init(metrics: RequestMetrics) {
        self.metrics = metrics
    }

    package func handle(
        _ request: Request,
        context: MartletContext,
        next: (Request, MartletContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        metrics.count(status: response.status.code, since: start)
        return response
    }
}
