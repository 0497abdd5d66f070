import Glibc
import Synchronization

/// A bounded first-in-first-out queue of work, from which threads take and wait when there is none.
// The semaphore's memory stays in place from `init` to `deinit`, and POSIX makes its operations safe from any thread;
// everything else is behind the mutex. It counts what is in the ring, plus one for each wake-up after the end.
final class InferenceQueue: @unchecked Sendable {
    /// The most that may wait.
    let capacity: Int

    private struct Ring {
        var slots: [(@Sendable () -> Void)?]
        var first = 0
        var count = 0
        var isClosed = false
    }

    private let ring: Mutex<Ring>
    private let available: UnsafeMutablePointer<sem_t>

    /// An empty queue.
    init(capacity: Int) {
        self.capacity = capacity
        ring = Mutex(Ring(slots: Array(repeating: nil, count: capacity)))
        available = .allocate(capacity: 1)
        available.initialize(to: sem_t())
        let failure = sem_init(available, 0, 0)
        precondition(failure == 0, "an unshared semaphore of 0 is always possible")
    }

    deinit {
        sem_destroy(available)
        available.deallocate()
    }

    /// How many wait.
    var waitingCount: Int { ring.withLock { $0.count } }

    /// Adds work at the end; false when there is no room.
    func append(_ work: @escaping @Sendable () -> Void) -> Bool {
        let isIn = ring.withLock { ring in
            guard ring.count < ring.slots.count, !ring.isClosed else { return false }
            ring.slots[(ring.first + ring.count) % ring.slots.count] = work
            ring.count += 1
            return true
        }
        if isIn { sem_post(available) }
        return isIn
    }

    /// The work that has waited longest, awaited if there is none; nil when the queue is closed and empty.
    func next() -> (@Sendable () -> Void)? {
        // The wait may be broken off by a signal.
        while sem_wait(available) != 0 { precondition(errno == EINTR, "the semaphore is sound") }
        let work = ring.withLock { ring -> (@Sendable () -> Void)? in
            guard ring.count > 0 else { return nil }
            let work = ring.slots[ring.first]
            ring.slots[ring.first] = nil
            ring.first = (ring.first + 1) % ring.slots.count
            ring.count -= 1
            return work
        }
        // Each thread that finds the end passes the wake-up on to the next.
        if work == nil { sem_post(available) }
        return work
    }

    /// Ends the queue: no more work comes in, and `next` gives nil once it is empty.
    func close() {
        ring.withLock { $0.isClosed = true }
        sem_post(available)
    }
}
