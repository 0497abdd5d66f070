import CONNXRuntime
package import NativeLibraries
import Synchronization

/// ONNX Runtime in this process: loaded when the first session is opened, and there from then on.
///
/// Make one a process. The engine has a single environment, so that of a second runtime would be the first's again,
/// and its log would go where the first's goes.
package final class InferenceRuntime: Sendable {
    private let libraries: NativeLibraryCatalog
    private let limits: RunLimits
    private let log: @Sendable (InferenceLogEntry) -> Void
    private let environment = Mutex<ORTEnvironment?>(nil)

    /// A runtime that loads nothing yet.
    ///
    /// - Parameters:
    ///   - libraries: where the engine's library is.
    ///   - limits: what a run may use.
    ///   - log: what to do with a line of the engine's log (warnings and worse), called on any thread. The engine
    ///     itself prints nothing.
    package init(
        libraries: NativeLibraryCatalog,
        limits: RunLimits = RunLimits(),
        log: @escaping @Sendable (InferenceLogEntry) -> Void = { _ in }
    ) {
        self.libraries = libraries
        self.limits = limits
        self.log = log
    }

    /// The engine's release, for instance `1.31.1`; loads the engine, some 15 ms, if that is still to be done.
    ///
    /// - Returns: the release as the library itself gives it.
    /// - Throws: `engineUnavailable`.
    package func engineVersion() throws(InferenceError) -> String {
        try loaded().version
    }

    /// Gives the memory of sessions that have ended back to the system, which freeing alone does not always do.
    ///
    /// Takes milliseconds; to be called after a model is unloaded.
    package func returnFreeMemory() {
        ORTReturnFreeMemory()
    }

    /// Has threads share the memory that they free, which a process of many large tables needs less of then.
    ///
    /// For a process of few threads: they wait for each other.
    package static func shareFreeMemory() {
        ORTShareFreeMemory()
    }

    /// The engine, loaded by the first that asks. A failure is not remembered: set-up may come later.
    func loaded() throws(InferenceError) -> ORTEnvironment {
        try environment.withLock { environment throws(InferenceError) in
            if let environment { return environment }
            let opened = try ORTEnvironment(libraries: libraries, limits: limits, log: log)
            environment = opened
            return opened
        }
    }
}

/// A line of the engine's log.
package struct InferenceLogEntry: Hashable, Sendable {
    /// How grave it is.
    package enum Severity: Int32, Sendable {
        case verbose, info, warning, error, fatal
    }

    /// How grave it is.
    package let severity: Severity
    /// Where in the engine's sources it was written.
    package let location: String
    /// The text; it may hold paths and names out of the model.
    package let message: String
}
