import Synchronization

/// A model in this process as it is asked: at once where it is quick, else in its own queue.
///
/// As many of its runs go on at once as it has replicas: one session serves them all, for it can be run by several
/// threads. When one ends, the model's next goes behind those of other models, so that none takes the threads from
/// another.
///
/// Nothing ever waits for others to come: a run that finds a free place begins at once, and one that waits begins,
/// together with all behind it that fit, when a place gets free. Runs are put together where the model answers row by
/// row.
/// Cancelling a task takes its run out of the queue.
package final class BatchingSession: Sendable {
    /// How many run and wait.
    package struct Limits: Sendable {
        /// The runs that go on at once, if the executor lets one model have so many.
        package var runsMax = 1
        /// The runs that may wait.
        package var waitingMax = 1_024
        /// The rows that are put together.
        package var rowsMax = 1_024

        /// Limits for ordinary models.
        package init() {}
    }

    /// What has been run since the model was loaded.
    package struct Counts: Sendable, Hashable {
        /// How often the model was run.
        package fileprivate(set) var runs: UInt64 = 0
        /// For how many requests.
        package fileprivate(set) var requests: UInt64 = 0
        /// The requests that wait now.
        package fileprivate(set) var waiting = 0
        /// The rows of each run, those among them that did not wait for a thread.
        package fileprivate(set) var batches = BatchSizes()
    }

    private struct State {
        var running = 0
        var waiting: [SessionRun] = []
        var merges: Bool
        var counts = Counts()

        /// Takes out what nobody waits for any more, and what has waited longer than `time`; gives the latter.
        mutating func takeEnded(after time: Duration) -> [SessionRun] {
            let now = ContinuousClock.now
            var late: [SessionRun] = []
            waiting.removeAll { run in
                guard run.answer.isWanted else { return true }
                guard now - run.start > time else { return false }
                late.append(run)
                return true
            }
            return late
        }
    }

    /// The model.
    package let session: InferenceSession
    private let limits: Limits
    private let atOnce: RunLimits
    private let pace: ModelPace
    private let state: Mutex<State>
    // Apart from the state, which is held for as long as it takes to go through all that wait.
    private let batchesAtOnce = Mutex(BatchSizes())

    /// Runs of `session`.
    ///
    /// - Parameters:
    ///   - session: the model.
    ///   - merges: whether it answers row by row, so that runs are put together.
    ///   - rowNanoseconds: how long it took for a row when it was warmed up; nil where it is never to run at once.
    ///   - limits: how many run and wait.
    package init(
        _ session: InferenceSession,
        merges: Bool,
        rowNanoseconds: Int64? = nil,
        limits: Limits = Limits()
    ) {
        self.session = session
        self.limits = limits
        atOnce = session.limits.atOnce
        pace = ModelPace(rowNanoseconds: rowNanoseconds)
        state = Mutex(State(merges: merges))
    }

    /// What has been run.
    package var counts: Counts {
        var counts = state.withLock { state in
            var counts = state.counts
            counts.waiting = state.waiting.count
            return counts
        }
        counts.batches.add(batchesAtOnce.withLock { $0 })
        return counts
    }

    /// Runs the model on the calling thread if it is quick; nil when it is not, or turns out not to be.
    ///
    /// A run that takes longer than a thread may be held up is ended after 10 to 20 ms, with the operator that it is
    /// at then. The model rests when that happens twice within a second, or a run needs too much memory: for a second
    /// it runs on other threads only. Predictions change nothing, so that the same may be asked again there.
    /// - Throws: as ``InferenceSession/run(_:within:)``.
    package func runAtOnce(_ tensors: [NamedTensor], rows: Int) throws(InferenceError) -> [NamedTensor]? {
        let start = ContinuousClock.now
        guard pace.isQuick(rows: rows, now: start) else { return nil }
        do throws(InferenceError) {
            let answer = try session.run(tensors, within: atOnce)
            let end = ContinuousClock.now
            pace.note(rows: rows, took: end - start)
            // One operator may take longer than the whole run may.
            if end - start > atOnce.time { pace.noteHoldUp(now: end) }
            batchesAtOnce.withLock { $0.record(rows: rows) }
            return answer
        } catch {
            switch error.code {
            case .timedOut: pace.noteHoldUp(now: .now)
            case .answerInvalid: pace.rest(now: .now)
            default: throw error
            }
            return nil
        }
    }

    /// Runs the model on a thread of `executor`.
    ///
    /// - Parameters:
    ///   - tensors: as for ``InferenceSession/run(_:within:)``.
    ///   - rows: the length of their first dimension.
    ///   - isApart: whether the run is put together with no other, and not counted.
    ///   - executor: the threads.
    /// - Returns: what the model answers to these rows.
    /// - Throws: as ``InferenceSession/run(_:within:)``; `timedOut` also when its turn does not come within the time of
    ///   a run; `overloaded` when too many wait, `queueFull` when too much of other models does; `CancellationError`.
    package func run(
        _ tensors: [NamedTensor],
        rows: Int,
        isApart: Bool = false,
        on executor: InferenceExecutor
    ) async throws -> [NamedTensor] {
        let run = SessionRun(tensors: tensors, rows: rows, isApart: isApart, executor: executor)
        return try await run.answer.value { enqueue(run) }
    }

    private func enqueue(_ run: SessionRun) {
        enum Step { case begin, wait, refuse }
        let time = session.limits.time
        let (step, late) = state.withLock { state -> (Step, [SessionRun]) in
            if state.running < min(limits.runsMax, run.executor.runsPerModelMax) {
                state.running += 1
                return (.begin, [])
            }
            // Each looks at all that wait only where that makes room, or somebody is to be told that it was too long.
            let isFull = state.waiting.count >= limits.waitingMax
            let isFirstLate = state.waiting.first.map { .now - $0.start > time } ?? false
            let late = isFull || isFirstLate ? state.takeEnded(after: time) : []
            guard state.waiting.count < limits.waitingMax else { return (.refuse, late) }
            state.waiting.append(run)
            return (.wait, late)
        }
        for run in late { tellLate(run) }
        switch step {
        case .begin: begin([run])
        case .wait: break
        case .refuse:
            let description = "the queue for the model is full (\(limits.waitingMax) waiting); try again later"
            run.answer.fail(.overloaded, description)
        }
    }

    /// Runs these, all meant for one executor, as one when a thread of it is free, and then what waits.
    private func begin(_ first: [SessionRun]) {
        var runs = first
        while let executor = runs.first?.executor {
            let isIn = executor.perform { [runs] in
                self.answer(runs)
                self.begin(self.next())
            }
            guard !isIn else { return }
            for run in runs { run.answer.give(.failure(executor.isFull)) }
            runs = next()
        }
    }

    /// The runs whose turn it is, in the place that has got free; none gives the place back.
    private func next() -> [SessionRun] {
        let (runs, late) = state.withLock { state -> ([SessionRun], [SessionRun]) in
            let late = state.takeEnded(after: session.limits.time)
            guard let first = state.waiting.first else {
                state.running -= 1
                return ([], late)
            }
            var rows = first.rows
            var count = 1
            while state.merges, count < state.waiting.count, first.isLike(state.waiting[count]),
                rows + state.waiting[count].rows <= limits.rowsMax
            {
                rows += state.waiting[count].rows
                count += 1
            }
            defer { state.waiting.removeFirst(count) }
            return (Array(state.waiting[..<count]), late)
        }
        for run in late { tellLate(run) }
        return runs
    }

    private func answer(_ runs: [SessionRun]) {
        let wanted = runs.filter(isDue)
        if wanted.count > 1 {
            do throws(InferenceError) {
                if let parts = try together(wanted) {
                    count(wanted)
                    for (run, part) in zip(wanted, parts) { run.answer.give(.success(part)) }
                    return
                }
            } catch {
                count(wanted)
                // All of them have been there for as long as a run may take.
                for run in wanted { run.answer.give(.failure(error)) }
                return
            }
        }
        // Time goes by while others run.
        for run in wanted where isDue(run) {
            if !run.isApart { count([run]) }
            run.answer.give(Result { try timed(run.tensors, rows: run.rows) })
        }
    }

    /// Whether somebody still waits for `run`, and it is in time; if it is not, that is told.
    private func isDue(_ run: SessionRun) -> Bool {
        guard run.answer.isWanted else { return false }
        guard .now - run.start > session.limits.time else { return true }
        tellLate(run)
        return false
    }

    private func tellLate(_ run: SessionRun) {
        let time = session.limits.time.inWords
        run.answer.fail(.timedOut, "the model was busy: the request waited \(time) for its turn")
    }

    private func timed(_ tensors: [NamedTensor], rows: Int) throws(InferenceError) -> [NamedTensor] {
        let start = ContinuousClock.now
        do throws(InferenceError) {
            let answer = try session.run(tensors)
            pace.note(rows: rows, took: .now - start)
            return answer
        } catch {
            // A run that was refused, or failed, says nothing of how long one takes.
            if [.timedOut, .answerInvalid].contains(error.code) { pace.note(rows: rows, took: .now - start) }
            throw error
        }
    }

    /// Counts one run for all of `runs`.
    private func count(_ runs: [SessionRun]) {
        state.withLock { state in
            state.counts.runs += 1
            state.counts.batches.record(rows: runs.reduce(0) { $0 + $1.rows })
            state.counts.requests += UInt64(runs.count)
        }
    }

    /// What the model answers to all of them at once, in parts; nil where that can't be told apart.
    ///
    /// - Throws: `timedOut`.
    private func together(_ runs: [SessionRun]) throws(InferenceError) -> [[NamedTensor]]? {
        let rows = runs.reduce(0) { $0 + $1.rows }
        let joined = runs[0].tensors.indices.map { index in
            let parts = runs.map { $0.tensors[index].tensor }
            return NamedTensor(name: runs[0].tensors[index].name, tensor: Tensor.joined(parts))
        }
        // One that the model refuses must not fail the others: then each is asked by itself.
        let outputs: [NamedTensor]
        do throws(InferenceError) {
            outputs = try timed(joined, rows: rows)
        } catch {
            guard error.code != .timedOut else { throw error }
            return nil
        }
        guard outputs.allSatisfy({ $0.tensor.shape.first == rows }) else {
            state.withLock { $0.merges = false }
            return nil
        }
        var first = 0
        return runs.map { run in
            defer { first += run.rows }
            return outputs.map { output in
                NamedTensor(
                    name: output.name,
                    tensor: output.tensor.rows(first..<first + run.rows),
                    classes: output.classes
                )
            }
        }
    }
}

/// One request that waits for a model.
private struct SessionRun: Sendable {
    let tensors: [NamedTensor]
    let rows: Int
    let isApart: Bool
    let executor: InferenceExecutor
    let start = ContinuousClock.now
    let answer = PendingAnswer<[NamedTensor]>()

    /// Whether both can be asked as one: on the same threads, the same inputs, each with as many rows as is said, and
    /// rows alike.
    func isLike(_ other: SessionRun) -> Bool {
        guard executor === other.executor, !isApart, !other.isApart else { return false }
        guard tensors.count == other.tensors.count, !tensors.isEmpty else { return false }
        return zip(tensors, other.tensors).allSatisfy { left, right in
            left.name == right.name && left.tensor.elementType == right.tensor.elementType
                && left.tensor.shape.first == rows && right.tensor.shape.first == other.rows
                && left.tensor.shape.dropFirst() == right.tensor.shape.dropFirst()
        }
    }
}
