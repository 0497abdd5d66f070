import Inference

extension ServingService {
    /// What the processes of models in Python do and have done, for Prometheus.
    func workerMetrics(_ endpoints: [(Endpoint, EndpointStatistics.Snapshot)]) -> [MetricFamily] {
        let workers = endpoints.compactMap { endpoint, statistics in statistics.workers.map { (endpoint, $0) } }
        return [
            MetricFamily(
                "martlet_serving_workers",
                "gauge",
                "Python processes of an endpoint's model, by what they are doing.",
                workers.flatMap { endpoint, workers in
                    WorkerStatistics.Replica.State.allCases.map { state in
                        let count = workers.replicas.count { $0.state == state }
                        return Self.sample(endpoint, Double(count), ("state", state.rawValue))
                    }
                }
            ),
            MetricFamily(
                "martlet_serving_worker_restarts_total",
                "counter",
                "Times that a Python process of an endpoint's model ended and was started again.",
                workers.map { Self.sample($0, Double($1.restarts)) }
            ),
            MetricFamily(
                "martlet_serving_worker_waiting",
                "gauge",
                "Requests that wait for a Python process.",
                workers.map { Self.sample($0, Double($1.waiting)) }
            ),
            MetricFamily(
                "martlet_serving_worker_batch_rows",
                "histogram",
                "Rows that a Python process was asked at once.",
                workers.flatMap { $1.batches.samples([("endpoint", $0.name)]) }
            ),
        ]
    }
}
