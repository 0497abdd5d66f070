import Inference
import Kernel
import Logging
import ServiceLifecycle
import Synchronization

/// A request that a shadow is to answer, too, and what the caller was answered.
struct ShadowCopy: Sendable {
    let served: ServedEndpoint
    let shadow: ServedVariant
    let model: LoadedModel
    let inputs: ModelInputs
    let answer: ModelAnswer
    let ids: [RequestID]
    let at: Timestamp

    /// About how much memory it holds.
    var sizeBytes: Int {
        let documents = [inputs.document?.body, answer.document?.body, answer.document?.features]
        let texts = documents.reduce(256) { $0 + ($1?.count ?? 0) }
        return (inputs.tensors + answer.outputs).reduce(texts) { $0 + PredictionEntry.size(of: $1.tensor) }
    }
}

/// Copies of requests on their way to shadows; callers put them in and go on.
///
/// The queue has a bound, and what finds it full is dropped and counted. The shadows run on one thread of their own, one
/// copy after the other, so that they never take the place of a caller.
package final class ShadowQueue: Service, Sendable {
    /// The bounds of the queue.
    package struct Limits: Sendable {
        /// The most copies that wait.
        package var copiesMax = 1_024
        /// About the most memory that they hold.
        package var bytesMax = 32 * 1024 * 1024

        /// The defaults.
        package init() {}
    }

    private struct State {
        var copies: [ShadowCopy] = []
        var bytes = 0
        /// Copies that were taken out and are not answered yet.
        var inWork = 0
        var dropped: UInt64 = 0
    }

    private let limits: Limits
    private let state = Mutex(State())
    private let filled = WakeUp()
    private let executor: InferenceExecutor
    private let log: PredictionLog
    private let ids: RequestIDSource

    /// A queue whose answers are kept in `log`.
    ///
    /// - Throws: ``InferenceError`` when the system gives no thread.
    init(log: PredictionLog, ids: RequestIDSource, limits: Limits = Limits()) throws(InferenceError) {
        self.log = log
        self.ids = ids
        self.limits = limits
        executor = try InferenceExecutor(name: "shadow", threads: 1)
    }

    /// The copies that found the queue full, since the server started.
    package var dropped: UInt64 { state.withLock { $0.dropped } }

    /// The copies that wait, or are being answered.
    package var waiting: Int { state.withLock { $0.copies.count + $0.inWork } }

    /// Puts a copy in, if there is room; never waits.
    func offer(_ copy: ShadowCopy) {
        let size = copy.sizeBytes
        let isIn = state.withLock { state in
            let isFull = state.copies.count + state.inWork >= limits.copiesMax || state.bytes + size > limits.bytesMax
            guard !isFull else {
                state.dropped += 1
                return false
            }
            state.copies.append(copy)
            state.bytes += size
            return true
        }
        if isIn { filled.call() } else { copy.served.rollout?.compare { $0.dropped += 1 } }
    }

    /// Answers copies until the server ends; what waits then is left.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.filled.wait()
                await self.drain()
            }
        }
    }

    /// Answers all copies that wait.
    func drain() async {
        while !Task.isCancelled, let copies = take() {
            for copy in copies {
                guard !Task.isCancelled else { break }
                await answer(copy)
            }
            let bytes = copies.reduce(0) { $0 + $1.sizeBytes }
            state.withLock { state in
                state.inWork = 0
                state.bytes -= bytes
            }
        }
    }

    private func take() -> [ShadowCopy]? {
        state.withLock { state in
            guard !state.copies.isEmpty else { return nil }
            let copies = state.copies
            state.copies = []
            state.inWork = copies.count
            return copies
        }
    }

    private func answer(_ copy: ShadowCopy) async {
        let start = ContinuousClock.now
        var rows = copy.inputs.rows
        let outcome: PredictionEntry.Outcome
        do {
            let raw = try await copy.model.answer(copy.inputs, on: executor)
            let answer = try copy.served.guarded(raw, of: copy.shadow, rows: copy.inputs.rows, isCopy: true)
            rows = answer.document?.rows ?? rows
            let nanoseconds = start.nanosecondsUntilNow
            copy.served.statistics.recordAnswer(
                at: copy.shadow.place,
                rows: rows,
                nanoseconds: nanoseconds,
                of: copy.at,
                isCopy: true
            )
            copy.served.rollout?.compare { $0.add(copy.answer, answer, rows: rows) }
            outcome = answer.document.map { .written($0) } ?? .answered(answer.outputs)
        } catch {
            guard !(error is CancellationError) else { return }
            copy.served.statistics.recordError(at: copy.shadow.place, isCopy: true)
            copy.served.rollout?.compare { $0.errors += 1 }
            let known = (error as? InferenceError).map { MartletError(running: $0) } ?? error as? MartletError
            outcome = .failed(
                status: known?.code.httpStatus ?? 500,
                message: known?.message ?? "Something went wrong"
            )
        }
        var entry = PredictionEntry(
            ids: copy.ids.map { _ in ids.next(at: copy.at) }[...],
            at: copy.at,
            served: copy.served,
            variant: copy.shadow,
            plan: copy.model.plan,
            inputs: copy.inputs,
            outcome: outcome,
            latencyMs: Double(start.nanosecondsUntilNow / 1_000) / 1_000
        )
        entry.shadowOf = copy.ids[...]
        log.append(entry)
    }
}

extension ContinuousClock.Instant {
    /// The nanoseconds from this moment to now.
    var nanosecondsUntilNow: UInt64 {
        let (seconds, attoseconds) = duration(to: .now).components
        return UInt64(max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
    }
}
