import NIOCore

/// How long nothing of what is to be sent over a connection has gone. Pure.
struct SendingWatch {
    private var writes = 0
    private var unsentBytes = 0
    private var movedAt: NIODeadline

    /// A watch over a connection on which nothing is to be sent at `now`.
    init(at now: NIODeadline) {
        movedAt = now
    }

    /// Notes that so many `writes` were begun since the start, of which `unsentBytes` are left at `now`; answers for how
    /// long nothing has gone, 0 where nothing is left.
    mutating func stalled(writes: Int, unsentBytes: Int, at now: NIODeadline) -> TimeAmount {
        // A new part is written when the one before has gone, so either number tells of movement.
        if unsentBytes == 0 || unsentBytes != self.unsentBytes || writes != self.writes { movedAt = now }
        self.writes = writes
        self.unsentBytes = unsentBytes
        return now - movedAt
    }
}
