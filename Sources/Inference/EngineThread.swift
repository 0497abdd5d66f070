import Glibc

/// A thread of our own, for work that blocks.
enum EngineThread {
    /// Starts a thread that does `body` and ends.
    ///
    /// - Parameters:
    ///   - name: of which the system shows 15 bytes.
    ///   - body: what it does.
    /// - Throws: `engineUnavailable` when the system gives no thread.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(InferenceError) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Work(name: name, body: body))
        let failure = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        guard failure == 0 else {
            context.release()
            throw InferenceError(.engineUnavailable, "no thread for inference: \(String(cString: strerror(failure)))")
        }
        pthread_detach(thread)
    }

    /// What a thread is given to start with.
    private final class Work: Sendable {
        private let name: String
        private let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func run() {
            // Glibc's own call for this is hidden from Swift. A thread without a name works as well.
            let file = open("/proc/thread-self/comm", O_WRONLY)
            if file >= 0 {
                write(file, name, min(15, name.utf8.count))
                close(file)
            }
            body()
        }
    }
}
