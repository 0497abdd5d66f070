import Synchronization

/// One request that waits for a worker's answer.
final class WorkerCall: Sendable {
    let request: WorkerRequest
    /// Whether it is put together with no other, and not counted.
    let isApart: Bool
    let answer = PendingAnswer<WorkerAnswer>()
    /// When it came.
    let start = ContinuousClock.now
    private let lost = Mutex(0)

    init(_ request: WorkerRequest, isApart: Bool = false) {
        self.request = request
        self.isApart = isApart
    }

    /// Whether it may be asked as one with others.
    var isMergeable: Bool { !isApart && lostCount == 0 }

    /// How many processes have ended while they answered it. It is asked alone then, so that it harms no other.
    var lostCount: Int { lost.withLock { $0 } }

    /// Notes that a process ended while it answered this.
    func noteLoss() {
        lost.withLock { $0 += 1 }
    }
}
