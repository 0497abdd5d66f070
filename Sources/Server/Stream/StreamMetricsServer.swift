import Glibc
import Hummingbird
package import Logging
import NIOCore
package import Serving

/// What Prometheus scrapes of `martlet stream`: `/metrics`, and `/health` beside it.
package struct StreamMetricsServer: Sendable {
    private let host: String
    private let port: Int
    private let logger: Logger
    private let metrics: @Sendable () -> [MetricFamily]

    /// A server that shows what `metrics` gives.
    package init(
        host: String,
        port: Int,
        logger: Logger,
        metrics: @escaping @Sendable () -> [MetricFamily]
    ) {
        self.host = host
        self.port = port
        self.logger = logger
        self.metrics = metrics
    }

    /// Answers until the task is cancelled.
    ///
    /// - Parameter onReady: called with the port once connections are taken.
    /// - Throws: ``StartupError`` when the port can't be used.
    package func run(onReady: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router(context: BasicRequestContext.self)
        router.get("health") { _, _ in "ok" }
        router.get("metrics") { [metrics] _, _ in
            var page = PrometheusText()
            page.serving(metrics())
            var response = Response.text(page.text)
            response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
            return response
        }
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { [port] channel in onReady(channel.localAddress?.port ?? port) },
            logger: logger
        )
        do {
            try await application.run()
        } catch let error as IOError {
            throw StartupError(
                "Port \(port) on \(host) can't be used for metrics: \(String(cString: strerror(error.errnoCode)))."
            )
        }
    }
}
