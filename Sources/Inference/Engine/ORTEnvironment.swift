// The engine's library, its table of functions and its environment. Nothing here is ever released: ORT counts
// environments but keeps the first one's logger, so none may go while a session may still log to it.

import CONNXRuntime
import NativeLibraries

/// ONNX Runtime, loaded: its functions and the objects that all sessions share.
// All pointers are set once before anyone else sees them, and ORT allows their use from any thread.
struct ORTEnvironment: @unchecked Sendable {
    /// The table of functions.
    let api: OpaquePointer
    /// The one environment of the process.
    let environment: OpaquePointer
    /// The process-wide allocator, for what ORT makes and we free.
    let allocator: OpaquePointer
    /// Says of our own memory that it is plain memory.
    let memoryInfo: OpaquePointer
    /// The library's release.
    let version: String
    /// What a run may use where nothing else is said.
    let limits: RunLimits

    /// Loads the library, makes the environment, and starts what ends runs that go beyond `limits`.
    init(
        libraries: NativeLibraryCatalog,
        limits: RunLimits,
        log: @escaping @Sendable (InferenceLogEntry) -> Void
    ) throws(InferenceError) {
        self.limits = limits
        let base = try Self.base(of: libraries)
        version = String(cString: base.version())
        // Asking an older library for a version that it does not know makes it print to stderr.
        let parts = version.split(separator: ".").prefix(2).compactMap { Int($0) }
        guard parts.count == 2, parts[0] == 1, parts[1] >= ORTApiVersion,
            let api = base.get_api(UInt32(ORTApiVersion))
        else {
            throw InferenceError(
                .engineUnavailable,
                "ONNX Runtime \(version) is not usable: Martlet needs 1.\(ORTApiVersion) or later; run `make setup`"
            )
        }
        self.api = api
        let sink = Unmanaged.passRetained(ORTLogSink(write: log))
        var environment: OpaquePointer?
        try ORTStatus.check(
            ORTCreateEnv(api, ortLogger, sink.toOpaque(), Int32(ORTSeverityWarning), "martlet", &environment),
            api,
            .engineUnavailable
        )
        var allocator: OpaquePointer?
        try ORTStatus.check(ORTGetAllocator(api, &allocator), api, .engineUnavailable)
        var memoryInfo: OpaquePointer?
        try ORTStatus.check(
            ORTCreateCpuMemoryInfo(api, Int32(ORTAllocatorArena), Int32(ORTMemoryDefault), &memoryInfo),
            api,
            .engineUnavailable
        )
        self.environment = try ORTStatus.made(environment)
        self.allocator = try ORTStatus.made(allocator)
        self.memoryInfo = try ORTStatus.made(memoryInfo)
        try Self.countMemory(api, try ORTStatus.made(environment))
        try ORTRunWatch.start()
    }

    /// Has the engine ask us for the memory of tensors, which it otherwise takes without a bound.
    private static func countMemory(_ api: OpaquePointer, _ environment: OpaquePointer) throws(InferenceError) {
        var made: OpaquePointer?
        try ORTStatus.check(
            ORTCreateCpuMemoryInfo(api, Int32(ORTAllocatorDevice), Int32(ORTMemoryDefault), &made),
            api,
            .engineUnavailable
        )
        var status: OpaquePointer?
        guard ORTCountMemory(api, environment, try ORTStatus.made(made), &status) else {
            throw InferenceError(
                .engineUnavailable,
                "ONNX Runtime is not usable: it was built with another C++ library than libstdc++, so that no run's "
                    + "memory could be bounded; run `make setup`"
            )
        }
        try ORTStatus.check(status, api, .engineUnavailable)
    }

    /// A text that ORT allocated for us, copied and freed.
    func takeText(_ text: UnsafeMutablePointer<CChar>) throws(InferenceError) -> String {
        let copy = String(cString: text)
        try ORTStatus.check(ORTAllocatorFree(api, allocator, text), api, .runFailed)
        return copy
    }

    private static func base(of libraries: NativeLibraryCatalog) throws(InferenceError) -> OrtApiBase {
        do {
            let library = try libraries.open(.onnxRuntime)
            let getBase = try library.symbol(
                "OrtGetApiBase",
                as: (@convention(c) () -> UnsafePointer<OrtApiBase>).self
            )
            return getBase().pointee
        } catch {
            throw InferenceError(
                .engineUnavailable,
                "ONNX Runtime \(NativeEngine.onnxRuntime.version) cannot be loaded: `martlet doctor` says why, "
                    + "`make setup` installs it",
                engineMessage: error.description
            )
        }
    }
}

/// Where ORT's log goes. Kept for ever by the environment, which never ends.
private final class ORTLogSink: Sendable {
    let write: @Sendable (InferenceLogEntry) -> Void

    init(write: @escaping @Sendable (InferenceLogEntry) -> Void) {
        self.write = write
    }
}

/// ORT's logging function; called on whichever thread has something to say.
private let ortLogger: OrtLogger = { context, severity, _, _, location, message in
    guard let context else { return }
    let entry = InferenceLogEntry(
        severity: InferenceLogEntry.Severity(rawValue: severity) ?? .error,
        location: String(cString: location),
        message: String(cString: message)
    )
    Unmanaged<ORTLogSink>.fromOpaque(context).takeUnretainedValue().write(entry)
}
