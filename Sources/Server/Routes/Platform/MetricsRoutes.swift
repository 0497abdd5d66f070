import Glibc
import Hummingbird

/// What Prometheus scrapes.
struct MetricsRoutes {
    let requests: RequestMetrics
    /// Writes what the rooms count.
    let writeRooms: @Sendable (inout PrometheusText) -> Void

    /// Adds the route at the root.
    func add(to router: Router<MartletContext>) {
        router.get("metrics") { _, _ in
            var page = PrometheusText()
            requests.write(to: &page)
            writeRooms(&page)
            Self.writeProcess(to: &page)
            var response = Response.text(page.text)
            response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
            return response
        }
    }

    private static func writeProcess(to page: inout PrometheusText) {
        page.metric("process_cpu_seconds_total", "counter", "User and system time of the process.")
        // POSIX fixes the unit of clock() at a millionth of a second.
        page.sample("process_cpu_seconds_total", [], Double(clock()) / 1_000_000)
        page.metric("martlet_server_info", "gauge", "The release that runs; always 1.")
        page.sample("martlet_server_info", [("version", MartletVersion.current)], 1)
    }
}
