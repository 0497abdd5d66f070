// The place in which the calling thread writes what bounds its run; made at its first run, and gone with the thread.

import CONNXRuntime
import Glibc

/// What the present run of a thread is held to.
struct ORTRunPlace: ~Copyable {
    private let place: OpaquePointer
    private let engine: ORTEnvironment

    /// The place of the calling thread, which goes on to use it and nobody else.
    init(engine: ORTEnvironment) throws(InferenceError) {
        var status: OpaquePointer?
        let place = ORTPlaceOfThread(engine.api, &status)
        try ORTStatus.check(status, engine.api, .runFailed)
        self.place = try ORTStatus.made(place)
        self.engine = engine
    }

    /// Does `run` with the options that it is to give to the engine.
    ///
    /// - Throws: what its status says; `timedOut` or `answerInvalid` where that is because of `limits`.
    func hold(_ limits: RunLimits, _ run: (OpaquePointer) -> OpaquePointer?) throws(InferenceError) {
        ORTBeginRun(place, limits.time.nanoseconds, limits.memoryBytesMax)
        let status = run(ORTPlaceOptions(place))
        let met = Int(ORTEndRun(place))
        // Who was late and came to an end all the same has an answer.
        guard let status else { return }
        guard met != 0 else { return try ORTStatus.check(status, engine.api, .runFailed) }
        ORTReleaseStatus(engine.api, status)
        throw met & ORTRunNeededMemory != 0
            ? InferenceError(
                .answerInvalid,
                "the model needed more memory than the \(limits.memoryBytesMax >> 20) MiB that a run may have"
            )
            : InferenceError(.timedOut, "the model did not answer within \(limits.time.inWords); its run was ended")
    }
}

/// Ends the runs of all threads that take longer than they may.
enum ORTRunWatch {
    /// How late a run may be noticed to be late.
    private static let periodMicroseconds: UInt32 = 10_000

    /// Starts the thread that looks, if that has not been done; it goes on for as long as the process does.
    static func start() throws(InferenceError) {
        try started.get()
    }

    private static let started = Result { () throws(InferenceError) in
        try EngineThread.start(name: "run-watch") {
            while true {
                usleep(periodMicroseconds)
                ORTEndLateRuns()
            }
        }
    }
}

extension Duration {
    /// In nanoseconds; at most 100 years of them.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(0, seconds), 3_155_760_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
