import Synchronization

/// The requests that wait for a model, from which its replicas take when they are free.
///
/// A replica that is free takes what has waited longest, together with what follows it and can be asked with it: so
/// nothing ever waits for others to come, and the replica with the least to do is the one that takes.
final class WorkerQueue: Sendable {
    /// What a replica is given to do.
    enum Turn {
        /// These calls, asked as one.
        case calls([WorkerCall])
        /// Nothing now; the replica's bell is rung when there is.
        case nothing
        /// The end: nothing will come any more.
        case closed
    }

    private struct State {
        var waiting: [WorkerCall] = []
        // The replicas that have nothing to do, by their bells.
        var idle: [WorkerBell] = []
        var bells: [WorkerBell] = []
        var merges: Bool
        var isClosed = false
        var isAborted = false
        // Replicas that are loaded or loading for the first time after an end.
        var hopeful = 0
    }

    private let state: Mutex<State>
    private let limits: WorkerLimits

    init(limits: WorkerLimits, merges: Bool) {
        self.limits = limits
        state = Mutex(State(merges: merges))
    }

    var waitingCount: Int { state.withLock { $0.waiting.count } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    /// Whether what is being done is to be broken off.
    var isAborted: Bool { state.withLock { $0.isAborted } }

    /// Adds a call at the end, or answers it with the reason why not.
    func append(_ call: WorkerCall) {
        let (refusal, bell) = state.withLock { state -> (InferenceError?, WorkerBell?) in
            if state.isClosed { return (Self.stopping, nil) }
            if state.hopeful == 0 {
                let description = "the model's processes have ended and are being started again; try again later"
                return (InferenceError(.workerUnavailable, description), nil)
            }
            guard state.waiting.count < limits.waitingMax else {
                let description = "the queue for the model is full (\(limits.waitingMax) waiting); try again later"
                return (InferenceError(.overloaded, description), nil)
            }
            state.waiting.append(call)
            return (nil, state.idle.popLast())
        }
        if let refusal { call.answer.give(.failure(refusal)) }
        bell?.ring()
    }

    /// What the replica of `bell` is to do next.
    func turn(of bell: WorkerBell) -> Turn {
        state.withLock { state in
            state.waiting.removeAll { !$0.answer.isWanted }
            guard !state.waiting.isEmpty else {
                if state.isClosed { return .closed }
                if !state.idle.contains(where: { $0 === bell }) { state.idle.append(bell) }
                return .nothing
            }
            let count = state.merges ? batch(state.waiting) : 1
            let calls = Array(state.waiting[..<count])
            state.waiting.removeFirst(count)
            return .calls(calls)
        }
    }

    /// How many of the first calls can be asked as one.
    private func batch(_ waiting: [WorkerCall]) -> Int {
        guard case .tensors(_, var rows) = waiting[0].request, waiting[0].isMergeable else { return 1 }
        var count = 1
        while count < waiting.count, waiting[count].isMergeable, waiting[0].request.isLike(waiting[count].request),
            rows + waiting[count].request.rows <= limits.batchRowsMax
        {
            rows += waiting[count].request.rows
            count += 1
        }
        return count
    }

    /// Puts back calls whose process has ended, at the front, for another or the next.
    func putBack(_ calls: [WorkerCall]) {
        let bell = state.withLock { state -> WorkerBell? in
            state.waiting.insert(contentsOf: calls, at: 0)
            return state.idle.popLast()
        }
        bell?.ring()
    }

    /// Takes calls one at a time from now on: the model has been seen not to answer row by row.
    func stopMerging() {
        state.withLock { $0.merges = false }
    }

    /// Answers the calls that have waited longer than they may.
    func expire() {
        let now = ContinuousClock.now
        let late = state.withLock { state -> [WorkerCall] in
            guard let first = state.waiting.first, now - first.start > limits.requestTime else { return [] }
            let late = state.waiting.filter { now - $0.start > limits.requestTime }
            state.waiting.removeAll { now - $0.start > limits.requestTime }
            return late
        }
        for call in late {
            call.answer.fail(
                .timedOut,
                "the model was busy: the request waited \(limits.requestTime.inWords) for its turn"
            )
        }
    }
}

// MARK: Replicas

extension WorkerQueue {
    static let stopping = InferenceError(.workerUnavailable, "the model is being unloaded")

    /// Notes a replica that takes from here.
    func join(_ bell: WorkerBell) {
        state.withLock { state in
            state.bells.append(bell)
            state.hopeful += 1
        }
    }

    /// Notes that a replica's process has ended; what it may have been called for goes to another.
    func leave(_ bell: WorkerBell) {
        let other = state.withLock { state -> WorkerBell? in
            state.idle.removeAll { $0 === bell }
            return state.waiting.isEmpty ? nil : state.idle.popLast()
        }
        other?.ring()
    }

    /// Notes that a replica has failed to start again; when none is left, whoever waits is told so.
    func loseHope() {
        let calls = state.withLock { state -> [WorkerCall] in
            state.hopeful -= 1
            guard state.hopeful == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for call in calls {
            call.answer.fail(
                .workerUnavailable,
                "the model's processes have ended and can't be started; try again later"
            )
        }
    }

    /// Notes that a replica which had failed to start is up again.
    func regainHope() {
        state.withLock { $0.hopeful += 1 }
    }

    /// Ends the queue once it is empty.
    func close() {
        let bells = state.withLock { state in
            state.isClosed = true
            return state.bells
        }
        for bell in bells { bell.ring() }
    }

    /// Ends the queue at once; whoever waits is told so.
    func abort() {
        let (bells, calls) = state.withLock { state in
            state.isClosed = true
            state.isAborted = true
            defer { state.waiting = [] }
            return (state.bells, state.waiting)
        }
        for call in calls { call.answer.give(.failure(Self.stopping)) }
        for bell in bells { bell.ring() }
    }
}

extension Duration {
    /// In seconds, as a person would say it: `60 s`, `0.5 s`.
    var inWords: String {
        let milliseconds = components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(Double(milliseconds) / 1_000) s"
    }
}
