import Glibc

/// The server's end of a worker: frames over its socket, each within a time, and meanwhile what it prints. Used by
/// one thread.
final class WorkerConnection {
    /// What ended a wait for work.
    enum Event {
        case rung, ended
    }

    /// How often a wait looks at the process's memory and at the queue.
    private static let tickMilliseconds: Int32 = 50
    private static let idleTickMilliseconds: Int32 = 1_000

    private let process: WorkerProcess
    private let limits: WorkerLimits
    private let queue: WorkerQueue
    private var lines: WorkerLines
    private var isOutputOpen = true

    init(_ process: WorkerProcess, limits: WorkerLimits, queue: WorkerQueue, lines: WorkerLines) {
        self.process = process
        self.limits = limits
        self.queue = queue
        self.lines = lines
    }

    /// Sends `frame` and waits for the answer, both until `deadline`.
    func exchange(_ frame: [UInt8], until deadline: ContinuousClock.Instant) throws(WorkerFault) -> WorkerFrame {
        lines.isServing = true
        try transfer(frame.count, Int16(POLLOUT), until: deadline) { offset, count in
            frame.withUnsafeBytes { bytes in
                send(process.connection, bytes.baseAddress.map { $0 + offset }, count, Int32(MSG_NOSIGNAL))
            }
        }
        return try self.frame(until: deadline)
    }

    /// The next frame, awaited until `deadline`.
    func frame(until deadline: ContinuousClock.Instant) throws(WorkerFault) -> WorkerFrame {
        let lengths = try read(WorkerFrame.lengthBytes, until: deadline)
        // The inputs of a document come back with its answer.
        let payloadBytesMax = limits.answerBytesMax + (2 << 20)
        guard let (head, payload) = WorkerFrame.lengths(lengths, payloadBytesMax: payloadBytesMax) else {
            throw .broken("an answer that begins with other bytes, or is too long")
        }
        let headBytes = try read(head, until: deadline)
        guard let frame = WorkerFrame(head: headBytes, payload: try read(payload, until: deadline)) else {
            throw .broken("an answer whose head is no JSON")
        }
        return frame
    }

    /// Waits until the bell is rung or the process has ended.
    func idle(_ bell: WorkerBell) -> Event {
        while true {
            var polled = descriptors(Int16(POLLIN), bell: bell)
            _ = poll(&polled, nfds_t(polled.count), Self.idleTickMilliseconds)
            readOutput(polled[1])
            if polled[2].revents != 0 {
                bell.silence()
                return .rung
            }
            // A worker that sends without being asked is no worker any more.
            if polled[0].revents != 0 || isTooLarge != nil { return .ended }
        }
    }

    /// Waits for the process to end by itself, until `deadline`, and for what it has printed.
    func drain(until deadline: ContinuousClock.Instant) {
        while isOutputOpen, ContinuousClock.now < deadline, !process.isGone {
            var polled = descriptors(0)
            polled[0].fd = -1
            _ = poll(&polled, nfds_t(polled.count), Self.tickMilliseconds)
            readOutput(polled[1])
        }
        var polled = descriptors(0)
        polled[0].fd = -1
        _ = poll(&polled, nfds_t(polled.count), 0)
        readOutput(polled[1])
        lines.finish()
    }

    /// The memory that the process holds, where it is more than it may.
    private var isTooLarge: Int64? {
        process.memoryBytes.flatMap { $0 > limits.memoryBytesMax ? $0 : nil }
    }

    private func read(_ count: Int, until deadline: ContinuousClock.Instant) throws(WorkerFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try transfer(count, Int16(POLLIN), until: deadline) { offset, count in
            bytes.withUnsafeMutableBytes { recv(process.connection, $0.baseAddress.map { $0 + offset }, count, 0) }
        }
        return bytes
    }

    /// Calls `body` with what is left of `count` bytes until all of them are transferred.
    private func transfer(
        _ count: Int,
        _ events: Int16,
        until deadline: ContinuousClock.Instant,
        _ body: (_ offset: Int, _ count: Int) -> Int
    ) throws(WorkerFault) {
        var done = 0
        while done < count {
            let transferred = body(done, count - done)
            if transferred > 0 {
                done += transferred
            } else if transferred < 0, errno == EAGAIN || errno == EINTR {
                try wait(events, until: deadline)
            } else {
                throw .ended
            }
        }
    }

    /// Waits until the socket is ready for `events`, or may be.
    private func wait(_ events: Int16, until deadline: ContinuousClock.Instant) throws(WorkerFault) {
        while true {
            var polled = descriptors(events)
            _ = poll(&polled, nfds_t(polled.count), Self.tickMilliseconds)
            readOutput(polled[1])
            if polled[0].revents != 0 { return }
            queue.expire()
            if queue.isAborted { throw .stopped }
            if let bytes = isTooLarge { throw .tooMuchMemory(bytes: bytes) }
            if ContinuousClock.now >= deadline { throw .timedOut }
        }
    }

    private func descriptors(_ events: Int16, bell: WorkerBell? = nil) -> [pollfd] {
        [
            pollfd(fd: process.connection, events: events, revents: 0),
            pollfd(fd: isOutputOpen ? process.output : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: bell?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
    }

    /// Takes what the process has printed.
    private func readOutput(_ polled: pollfd) {
        guard polled.revents != 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = recv(process.output, &bytes, bytes.count, 0)
        if count > 0 {
            lines.append(bytes[..<count])
        } else if count == 0 || errno != EAGAIN && errno != EINTR {
            isOutputOpen = false
        }
    }
}
