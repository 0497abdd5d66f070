import Glibc
package import Logging
import Synchronization

/// Python for models that run in processes of their own; nothing is looked for before the first of them.
package final class PythonRuntime: Sendable {
    private struct State {
        // The interpreter and what it runs, once they have been found; a failure is not remembered.
        var program: (interpreter: String, files: WorkerProgram)?
        var queues: [ObjectIdentifier: WorkerQueue] = [:]
        var threads = 0
        var isOver = false
        var ending: [CheckedContinuation<Void, Never>] = []
    }

    /// The folder for what workers need, readable by this user alone.
    package let folder: String
    private let interpreter: PythonInterpreter
    private let settings: PythonSettings
    private let logger: Logger
    private let state = Mutex(State())

    /// A runtime that starts nothing yet.
    ///
    /// - Parameters:
    ///   - settings: which Python runs models, and what a process may use.
    ///   - environment: the server's environment, of which workers are given what interpreters go by.
    ///   - folder: a folder that this runtime has to itself.
    ///   - logger: for what processes print, and for their ends.
    package init(
        _ settings: PythonSettings,
        environment: [String: String],
        folder: String,
        logger: Logger
    ) {
        interpreter = PythonInterpreter(settings, environment: environment)
        self.folder = folder
        self.settings = settings
        self.logger = logger
    }

    /// Starts the processes of a model and waits until all of them have loaded it.
    ///
    /// - Parameters:
    ///   - files: the model's files.
    ///   - name: the model's name, for the log.
    ///   - settings: how many processes, and whether requests that wait are put together.
    ///   - isRowWise: whether models of its kind answer row by row: then it may be asked the example that was logged
    ///     with it, and what waits may be put together.
    /// - Returns: the model, ready to be asked.
    /// - Throws: `engineUnavailable` without a Python that has MLflow, `modelInvalid` when the model can't be loaded, its
    ///   environment not be made, or the task has been cancelled, which ends the processes.
    package func load(
        _ files: WorkerFiles,
        name: String,
        _ settings: WorkerSettings,
        isRowWise: Bool
    ) async throws -> PythonModel {
        precondition((1...WorkerSettings.replicasMax).contains(settings.replicas), "a model has some processes")
        let limits = self.settings.limits
        let queue = WorkerQueue(limits: limits, merges: settings.isBatching ?? isRowWise)
        let counters = WorkerCounters(replicas: settings.replicas)
        var logger = logger
        logger[metadataKey: "model_name"] = "\(name)"
        let shared = WorkerReplica.Shared(
            start: WorkerProcess.Start(
                arguments: try await onThread(program)
                    + ["3", String(getpid()), files.model, String(limits.answerBytesMax)]
                    + (isRowWise ? ["warm"] : []),
                environment: interpreter.environment(replicas: settings.replicas),
                folder: files.root
            ),
            limits: limits,
            ownsEnvironment: self.settings.environments != nil,
            queue: queue,
            counters: counters,
            files: files,
            logger: logger
        )
        do {
            // To make an environment may take half an hour: whoever calls it off does not wait for it.
            let ready = try await withTaskCancellationHandler {
                try await start(shared, count: settings.replicas)
            } onCancel: {
                queue.abort()
            }
            // Called off at the last moment: its processes are ending.
            guard !queue.isClosed else { throw WorkerQueue.stopping }
            return PythonModel(ready: ready, queue: queue, counters: counters)
        } catch {
            queue.abort()
            throw error
        }
    }

    /// Ends all processes and waits for their ends.
    package func shutDown() async {
        let queues = state.withLock { state in
            state.isOver = true
            return Array(state.queues.values)
        }
        for queue in queues { queue.abort() }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.threads > 0 { state.ending.append(continuation) }
                return state.threads == 0
            }
            if isOver { continuation.resume() }
        }
    }

    /// Starts `count` replicas, each on a thread of its own; what the first says once all are ready.
    private func start(_ shared: WorkerReplica.Shared, count: Int) async throws -> WorkerReady {
        try await withThrowingTaskGroup(of: (Int, WorkerReady).self) { group in
            for number in 0..<count {
                let replica = try WorkerReplica(number, shared)
                group.addTask { (number, try await self.start(replica, shared.queue)) }
            }
            var first: WorkerReady?
            for try await (number, ready) in group where number == 0 { first = ready }
            guard let first else { throw InferenceError(.engineUnavailable, "no process was started") }
            return first
        }
    }

    private func start(_ replica: WorkerReplica, _ queue: WorkerQueue) async throws -> WorkerReady {
        try await withCheckedThrowingContinuation { continuation in
            let waiting = OnceTold(continuation)
            guard enter(queue) else { return waiting.tell(.failure(WorkerQueue.stopping)) }
            do throws(InferenceError) {
                try EngineThread.start(name: "model-worker") { [self] in
                    replica.run { waiting.tell($0.mapError { $0 }) }
                    waiting.tell(.failure(WorkerQueue.stopping))
                    leave(queue)
                }
            } catch {
                leave(queue)
                waiting.tell(.failure(error))
            }
        }
    }

    /// The interpreter and the program that it begins with, which are the first arguments of a process.
    private func program() throws(InferenceError) -> [String] {
        let (path, files) = try state.withLock { state throws(InferenceError) in
            if let program = state.program { return program }
            let program = (interpreter: try interpreter.path(), files: try WorkerProgram(into: folder))
            state.program = program
            return program
        }
        guard let environments = settings.environments else { return [path, files.worker] }
        return [path, files.environment, environments, files.worker]
    }

    /// What `body` returns, which may block.
    private func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws(InferenceError) -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let waiting = OnceTold(continuation)
            do throws(InferenceError) {
                try EngineThread.start(name: "model-worker") {
                    waiting.tell(Result { try body() })
                }
            } catch {
                waiting.tell(.failure(error))
            }
        }
    }

    /// Notes a thread that serves `queue`; false once all is over.
    private func enter(_ queue: WorkerQueue) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            state.threads += 1
            state.queues[ObjectIdentifier(queue)] = queue
            return true
        }
    }

    private func leave(_ queue: WorkerQueue) {
        let ending = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.threads -= 1
            if queue.isClosed { state.queues[ObjectIdentifier(queue)] = nil }
            guard state.threads == 0 else { return [] }
            defer { state.ending = [] }
            return state.ending
        }
        for continuation in ending { continuation.resume() }
    }
}

/// Resumes a task that waits, the first time that it is told of a result.
private final class OnceTold<Value: Sendable>: Sendable {
    private let waiting: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) {
        waiting = Mutex(continuation)
    }

    func tell(_ result: Result<Value, any Error>) {
        waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }?.resume(with: result)
    }
}
