import Glibc

/// What wakes a thread that waits in `poll`: rung from anywhere, heard by one.
// Both descriptors are set once and closed in `deinit`; reading and writing a socket is safe from any thread.
final class WorkerBell: Sendable {
    /// Readable once the bell has been rung.
    let descriptor: Int32
    private let rope: Int32

    /// A bell.
    ///
    /// - Throws: `engineUnavailable` when the system gives no descriptors.
    init() throws(InferenceError) {
        (descriptor, rope) = try WorkerProcess.socketPair(areBlocking: false)
    }

    deinit {
        close(descriptor)
        close(rope)
    }

    /// Wakes the thread, now or when it is about to wait.
    func ring() {
        var byte: UInt8 = 1
        // A full buffer means that it has been rung often enough.
        _ = send(rope, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    /// Forgets that it was rung.
    func silence() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while recv(descriptor, &bytes, bytes.count, 0) > 0 {}
    }
}
