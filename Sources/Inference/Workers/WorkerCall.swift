import Synchronization

/// One request that waits for a worker's answer.
final class WorkerCall: Sendable {
    let request: WorkerRequest
    let answer = PendingAnswer<WorkerAnswer>()
    /// When it came.
    let start = ContinuousClock.now
    private let lost = Mutex(0)

    init(_ request: WorkerRequest) {
        self.request = request
    }

    /// How many processes have ended while they answered it. It is asked alone then, so that it harms no other.
    var lostCount: Int { lost.withLock { $0 } }

    /// Notes that a process ended while it answered this.
    func noteLoss() {
        lost.withLock { $0 += 1 }
    }
}
