import Glibc
import Logging

/// One process of a model, and the thread that starts it, asks it, and starts it again when it has ended.
final class WorkerReplica: Sendable {
    /// What all replicas of a model have in common.
    struct Shared: Sendable {
        let start: WorkerProcess.Start
        let limits: WorkerLimits
        /// Whether the process makes the model's own environment first.
        let ownsEnvironment: Bool
        let queue: WorkerQueue
        let counters: WorkerCounters
        /// The model's files, there as long as somebody may start a process on them.
        let files: WorkerFiles
        let logger: Logger
    }

    private let number: Int
    private let shared: Shared
    private let bell: WorkerBell

    private var queue: WorkerQueue { shared.queue }

    init(_ number: Int, _ shared: Shared) throws(InferenceError) {
        self.number = number
        self.shared = shared
        bell = try WorkerBell()
        shared.queue.join(bell)
    }

    /// Serves until the queue ends; `onReady` is told how the first start went. When that fails, this is the end.
    func run(onReady: (Result<WorkerReady, InferenceError>) -> Void) {
        var pace = RestartPace()
        var isFirst = true
        var isHopeful = true
        while !queue.isClosed {
            let born = ContinuousClock.now
            do throws(InferenceError) {
                let (process, connection, ready) = try begin()
                if isFirst { onReady(.success(ready)) }
                isFirst = false
                if !isHopeful { queue.regainHope() }
                isHopeful = true
                serve(process, connection)
            } catch {
                guard !isFirst else {
                    queue.loseHope()
                    return onReady(.failure(error))
                }
                log(.warning, "a Python process could not be started again", ["error": "\(error.description)"])
                if isHopeful { queue.loseHope() }
                isHopeful = false
            }
            rest(pace.wait(afterLife: .now - born))
        }
    }

    /// Starts a process and waits until its model is loaded.
    private func begin() throws(InferenceError) -> (WorkerProcess, WorkerConnection, WorkerReady) {
        let process = try WorkerProcess(shared.start)
        note { $0.processID = process.id }
        let lines = WorkerLines(logger: shared.logger)
        let connection = WorkerConnection(process, limits: shared.limits, queue: queue, lines: lines)
        do throws(StartFault) {
            return (process, connection, try opened(connection))
        } catch {
            throw error.failure(ended: end(process, connection), shared.limits)
        }
    }

    /// What a process says once its model is loaded.
    private func opened(_ connection: WorkerConnection) throws(StartFault) -> WorkerReady {
        if shared.ownsEnvironment {
            let told = try frame(connection, .environment, within: shared.limits.environmentTime)
            do throws(InferenceError) {
                try WorkerReady.checkEnvironment(told)
            } catch {
                throw StartFault.told(error)
            }
        }
        let told = try frame(connection, .loading, within: shared.limits.startTime)
        let python = shared.ownsEnvironment ? nil : shared.start.arguments[0]
        do throws(InferenceError) {
            return try WorkerReady(told, python: python)
        } catch {
            throw StartFault.told(error)
        }
    }

    private func frame(
        _ connection: WorkerConnection,
        _ step: StartFault.Step,
        within time: Duration
    ) throws(StartFault) -> WorkerFrame {
        do throws(WorkerFault) {
            return try connection.frame(until: .now + time)
        } catch {
            throw StartFault.met(error, step, within: time)
        }
    }

    /// Asks the process what comes from the queue, until it or the queue ends.
    private func serve(_ process: WorkerProcess, _ connection: WorkerConnection) {
        note { $0.state = .ready }
        do throws(WorkerFault) {
            while true {
                switch queue.turn(of: bell) {
                case .calls(let calls):
                    note { $0.state = .busy }
                    try WorkerConversation(connection, shared).answer(calls)
                    note { $0.state = .ready }
                case .nothing:
                    if connection.idle(bell) == .ended { throw .ended }
                case .closed:
                    process.askToEnd()
                    connection.drain(until: .now + shared.limits.endTime)
                    process.end()
                    return
                }
            }
        } catch {
            queue.leave(bell)
            let ended = end(process, connection)
            if case .stopped = error { return }
            let metadata: Logger.Metadata = ["ended": "\(ended)", "fault": "\(error)"]
            log(.warning, "a Python process has ended and is started again", metadata)
            note { $0.restarts += 1 }
        }
    }

    @discardableResult
    private func end(_ process: WorkerProcess, _ connection: WorkerConnection) -> String {
        note { replica in
            replica.processID = nil
            replica.state = .waiting
        }
        // What has ended by itself may still have said why.
        let ended = process.end()
        connection.drain(until: .now)
        return ended
    }

    /// Waits before the next start; the end of the queue ends it.
    private func rest(_ pause: Duration) {
        let end = ContinuousClock.now + pause
        while ContinuousClock.now < end, !queue.isClosed {
            queue.expire()
            var polled = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&polled, 1, 50)
            bell.silence()
        }
        note { $0.state = .starting }
    }

    private func note(_ body: (inout WorkerStatistics.Replica) -> Void) {
        shared.counters.change(number, body)
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata) {
        shared.logger.log(level: level, message, metadata: metadata)
    }
}

/// Why a process has not started.
private enum StartFault: Error {
    /// What was being done.
    enum Step {
        case environment, loading

        var done: String { self == .environment ? "its environment was made" : "it was loaded" }
        var undone: String { self == .environment ? "its environment was not made" : "it was not loaded" }
        var doing: String { self == .environment ? "making its environment" : "loading it" }
    }

    /// It has not said what it was to say.
    case met(WorkerFault, Step, within: Duration)
    /// It has said why.
    case told(InferenceError)

    /// What to tell of it, where `ended` says how the process ended.
    func failure(ended: String, _ limits: WorkerLimits) -> InferenceError {
        switch self {
        case .told(let error): error
        case .met(let fault, let step, let time):
            InferenceError(.modelInvalid, Self.words(fault, step, time, ended, limits))
        }
    }

    private static func words(
        _ fault: WorkerFault,
        _ step: Step,
        _ time: Duration,
        _ ended: String,
        _ limits: WorkerLimits
    ) -> String {
        switch fault {
        case .timedOut: "\(step.undone) within \(time.inWords)"
        case .tooMuchMemory: "\(step.doing) takes more memory than \(limits.memoryBytesMax >> 20) MiB"
        case .ended:
            "its Python process ended while \(step.done) (\(ended)); the server's log at level info says more"
        case .stopped: "it was called off"
        case .broken(let what): "its Python process sent \(what)"
        case .refused(let error): error.description
        }
    }
}
