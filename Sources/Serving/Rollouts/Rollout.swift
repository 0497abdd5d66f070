import Kernel
import Statistics
import Synchronization

/// What a policy compares, for as long as it lasts; the same object over all steps of a canary.
package final class Rollout: Sendable {
    private struct State {
        var evidence: RolloutEvidence
        /// Whether there is something that the database does not know.
        var isUnsaved = true
    }

    /// The policy version at its first step; each step has the next.
    let policyVersion: Int
    private let state: Mutex<State>

    /// Whether each policy version is a step of its own.
    private let isStepped: Bool

    /// A rollout of `policy` that began with `policyVersion`.
    init(policyVersion: Int, _ policy: TrafficPolicy, _ evidence: RolloutEvidence) {
        self.policyVersion = policyVersion
        isStepped = policy.kind == .canary
        state = Mutex(State(evidence: evidence))
    }

    /// The step of `policyVersion`; nil when it is older than the rollout.
    private func step(of policyVersion: Int) -> Int? {
        guard policyVersion >= self.policyVersion else { return nil }
        return isStepped ? policyVersion - self.policyVersion : 0
    }

    /// When it began.
    var startedAt: Timestamp { state.withLock { $0.evidence.startedAt } }

    /// What has been seen so far.
    var evidence: RolloutEvidence { state.withLock { $0.evidence } }

    /// Counts an answer in the step of `policyVersion`; one of a step that is over does not count. Without a time it says
    /// nothing of the model's pace.
    func recordAnswer(policyVersion: Int, isCurrent: Bool, nanoseconds: UInt64?) {
        // A nanosecond at least, for the logarithm.
        let latency = nanoseconds.map { Logarithm.of(Double(max(1, $0)) / 1e6) }
        record(policyVersion, isCurrent) { arm in
            arm.requests += 1
            if let latency { arm.logLatency.add(latency) }
        }
    }

    /// Counts an error in the step of `policyVersion`; one of a step that is over does not count.
    func recordError(policyVersion: Int, isCurrent: Bool) {
        record(policyVersion, isCurrent) { arm in
            arm.requests += 1
            arm.errors += 1
        }
    }

    private func record(_ policyVersion: Int, _ isCurrent: Bool, _ count: (inout RolloutEvidence.Arm) -> Void) {
        state.withLock { state in
            guard step(of: policyVersion) == state.evidence.step else { return }
            if isCurrent { count(&state.evidence.current) } else { count(&state.evidence.reference) }
            state.isUnsaved = true
        }
    }

    /// Takes the feedback on a request of the step of `policyVersion`, whichever step it is now.
    func recordFeedback(_ feedback: JudgedFeedback, policyVersion: Int, isCurrent: Bool) {
        state.withLock { state in
            guard let step = step(of: policyVersion), step <= state.evidence.step else { return }
            if let value = feedback.value {
                state.evidence.metrics[step].add(value, isCurrent: isCurrent)
            }
            for (metric, value) in feedback.outcomes {
                state.evidence.outcomes[metric, default: SequentialMeans.Stratum()].add(value, isCurrent: isCurrent)
            }
            state.isUnsaved = true
        }
    }

    /// Takes the comparison of a shadow's answer with the caller's.
    func compare(_ body: (inout ShadowComparison) -> Void) {
        state.withLock { state in
            body(&state.evidence.comparison)
            state.isUnsaved = true
        }
    }

    /// Begins a canary's next step.
    func beginStep(_ step: Int, at time: Timestamp) {
        state.withLock { state in
            state.evidence.beginStep(step, at: time)
            state.isUnsaved = true
        }
    }

    /// Goes back to `evidence`, what was seen before a step that did not begin.
    func takeBack(_ evidence: RolloutEvidence) {
        state.withLock { state in
            state.evidence = evidence
            state.isUnsaved = true
        }
    }

    /// What is to be saved; nil when the database knows it all.
    func takeUnsaved() -> RolloutEvidence? {
        state.withLock { state in
            guard state.isUnsaved else { return nil }
            state.isUnsaved = false
            return state.evidence
        }
    }

    /// Notes that saving has failed.
    func noteUnsaved() {
        state.withLock { $0.isUnsaved = true }
    }
}

extension SequentialMeans.Stratum {
    fileprivate mutating func add(_ value: Double, isCurrent: Bool) {
        if isCurrent { current.add(value) } else { reference.add(value) }
    }
}
