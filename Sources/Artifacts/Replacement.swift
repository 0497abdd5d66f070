import Kernel
import ObjectStore
import Synchronization

/// A file or folder that is being replaced, or will be: an upload on its way, or a deletion.
final class Replacement: Sendable {
    /// 32 hexadecimal characters of 128 random bits.
    let id: String
    let key: ObjectKey
    private let renewal = Mutex<Task<Void, Never>?>(nil)

    init(of key: ObjectKey) {
        var generator = SystemRandomNumberGenerator()
        id = Hexadecimal.random(using: &generator)
        self.key = key
    }

    /// Whether the database was told that it goes on.
    var hasBegun: Bool { renewal.withLock { $0 != nil } }

    /// Runs `renew` after each pause, until it ends.
    ///
    /// In a task of its own: that of an upload may be cancelled, and the object appears all the same.
    func begin(pause: Duration, _ renew: @escaping @Sendable () async throws -> Void) {
        let task = Task {
            // Cancellation wakes the sleeper early; the loop's condition ends it. What can't be written now may be next time.
            while (try? await Task.sleep(for: pause)) != nil { _ = try? await renew() }
        }
        renewal.withLock { $0 = task }
    }

    func end() {
        renewal.withLock { $0?.cancel() }
    }
}
