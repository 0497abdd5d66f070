/// What the processes of Python models may use. A model that needs more is stopped, and the caller told why.
package struct WorkerLimits: Sendable {
    /// How long a process may take to load its model.
    package var startTime: Duration = .seconds(120)
    /// How long making a model's own environment may take, before that.
    package var environmentTime: Duration = .seconds(1_800)
    /// How long a model may take to answer, and a request to wait for its turn.
    package var requestTime: Duration = .seconds(60)
    /// How long a process may take to end by itself once it is asked to.
    package var endTime: Duration = .seconds(5)
    /// The memory that a process may hold, resident.
    package var memoryBytesMax: Int64 = 16 << 30
    /// The bytes of an answer.
    package var answerBytesMax = 64 << 20
    /// The requests that may wait for a model, besides those that it is answering.
    package var waitingMax = 256
    /// The rows that are put together out of several requests.
    package var batchRowsMax = 1_024

    /// Limits for ordinary models.
    package init() {}
}

/// How one model is served: by processes of Python, or by runs of one session of ONNX Runtime that go on at once.
package struct WorkerSettings: Sendable, Hashable {
    /// The most replicas of one model.
    package static let replicasMax = 64

    /// The processes, or the runs.
    package var replicas = 1
    /// Whether requests that wait are put together; nil where the kind of the model decides.
    package var isBatching: Bool?

    /// As many processes as `replicas` says.
    package init(replicas: Int = 1, isBatching: Bool? = nil) {
        self.replicas = replicas
        self.isBatching = isBatching
    }
}
