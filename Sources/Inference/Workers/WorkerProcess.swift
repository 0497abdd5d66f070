import CPythonWorker
import Glibc

/// A child process in a group of its own, with a socket to it and what it prints. Used by one thread.
///
/// The descriptors are ours and closed with the process; whoever started it must call ``end()``, which waits for it.
final class WorkerProcess {
    /// What a process is started from.
    struct Start: Sendable {
        /// The program's path and what it is told.
        let arguments: [String]
        /// All variables that it sees.
        let environment: [String: String]
        /// Where it begins.
        let folder: String
    }

    let id: pid_t
    /// Our end of the socket, which never blocks.
    let connection: Int32
    /// What the process prints, on either stream; reading never blocks.
    let output: Int32
    private var hasEnded = false

    /// Starts a process.
    ///
    /// - Throws: `engineUnavailable` when the system refuses.
    init(_ start: Start) throws(InferenceError) {
        let (ours, theirs) = try Self.socketPair(areBlocking: true)
        defer { close(theirs) }
        let printed: (Int32, Int32)
        do throws(InferenceError) {
            printed = try Self.socketPair(areBlocking: true)
        } catch {
            close(ours)
            throw error
        }
        defer { close(printed.1) }
        var id = pid_t()
        let failure = Self.withStrings(start.arguments) { arguments in
            Self.withStrings(start.environment.map { "\($0.key)=\($0.value)" }) { environment in
                martlet_start_worker(arguments, environment, start.folder, theirs, printed.1, &id)
            }
        }
        guard failure == 0 else {
            close(ours)
            close(printed.0)
            let reason = String(cString: strerror(failure))
            throw InferenceError(.engineUnavailable, "a Python process could not be started: \(reason)")
        }
        self.id = id
        connection = ours
        output = printed.0
        for descriptor in [ours, printed.0] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }

    deinit {
        close(connection)
        close(output)
    }

    /// Closes our half of the socket, after which a sound process ends by itself.
    func askToEnd() {
        shutdown(connection, Int32(SHUT_WR))
    }

    /// Ends the process and all that it has started, and waits for it.
    ///
    /// - Returns: how it ended, in words: `exit status 1`, `signal 9`.
    @discardableResult
    func end() -> String {
        guard !hasEnded else { return "ended" }
        hasEnded = true
        // What has ended by itself keeps its own status; the signal then meets only what it left behind.
        kill(-id, SIGKILL)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? "exit status \((status >> 8) & 0xFF)" : "signal \(signal)"
    }

    /// Whether the process has ended by itself.
    var isGone: Bool {
        var information = siginfo_t()
        // WNOWAIT leaves the status for `end`.
        return waitid(P_PID, id_t(id), &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_signo != 0
    }

    /// The memory that the process holds, resident; nil where the system does not say.
    var memoryBytes: Int64? {
        let file = open("/proc/\(id)/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(file, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let fields = bytes[..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int64(String(decoding: fields[1], as: UTF8.self)) else { return nil }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Two connected sockets that no other process inherits.
    ///
    /// - Throws: `engineUnavailable` when the system gives none.
    static func socketPair(areBlocking: Bool) throws(InferenceError) -> (Int32, Int32) {
        var pair: [Int32] = [-1, -1]
        let blocking = areBlocking ? 0 : SOCK_NONBLOCK.rawValue
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | blocking)
        guard socketpair(AF_UNIX, flags, 0, &pair) == 0 else {
            throw InferenceError(.engineUnavailable, "no sockets for workers: \(String(cString: strerror(errno)))")
        }
        return (pair[0], pair[1])
    }

    /// Calls `body` with `strings` as C has them, a null pointer behind the last.
    private static func withStrings<Value>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        var pointers = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { buffer in
            // There is one element at least.
            body(buffer.baseAddress ?? UnsafePointer(bitPattern: MemoryLayout<Int>.alignment).unsafelyUnwrapped)
        }
    }
}
