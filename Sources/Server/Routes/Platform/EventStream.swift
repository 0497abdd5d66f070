import Kernel
import Ledger
import Tracking

/// One reader's stream of events: what its topics ask for, at most four frames a second, a heartbeat when nothing happens.
struct EventStream: Sendable {
    private static let frameInterval = Duration.milliseconds(250)
    private static let heartbeatInterval = Duration.seconds(15)
    private static let missedPageMax = 1000

    private let topics: Set<String>
    private let activities: ActivityLog
    private let sealed: AsyncStream<[Activity]>
    private let appended: AsyncStream<MetricAppend>
    /// The activity after which the stream begins.
    private let resumeAfter: Int64
    /// The newest activity when listening began.
    private let end: Int64

    private enum Happening: Sendable {
        case activities([Activity])
        case metrics(MetricAppend)
        case tick
        case over
    }

    /// A stream that misses nothing from now on: a reader may take its answer's head as the word that it listens. One that
    /// comes back saw `resumeAfter` last.
    ///
    /// - Throws: ``DatabaseError``.
    init(
        topics: Set<String>,
        resumeAfter: Int64?,
        activities: ActivityLog,
        tracking: TrackingService
    ) async throws {
        self.topics = topics
        self.activities = activities
        // Listening begins before the past is read, so that nothing falls between the two.
        sealed = activities.sealed.listen()
        appended = tracking.metricAppends.listen()
        end = try await activities.lastSequence()
        // A place beyond the end is from another database: there is nothing to catch up with.
        self.resumeAfter = min(resumeAfter ?? end, end)
    }

    /// Writes frames until the reader goes, falls behind, or the server shuts down.
    ///
    /// - Throws: what `send` throws when the reader has gone.
    func write(_ send: (String) async throws -> Void) async throws {
        // A reader to whom nothing has happened yet knows by the number where to go on all the same.
        try await send("retry: 2000\nid: \(resumeAfter)\n\n")
        var last = try await catchUp(send)
        let (happenings, continuation) = AsyncStream.makeStream(
            of: Happening.self,
            bufferingPolicy: .bufferingOldest(1024)
        )
        let pump = Task { await merge(into: continuation) }
        defer { pump.cancel() }
        var frame = EventFrame(topics: topics)
        var quiet = Duration.zero
        for await happening in happenings {
            switch happening {
            case .activities(let batch):
                frame.add(batch.filter { $0.sequence > last })
                last = max(last, batch.last?.sequence ?? last)
            case .metrics(let append): frame.add(append)
            case .tick:
                quiet += Self.frameInterval
                if let text = frame.take() {
                    quiet = .zero
                    try await send(text)
                } else if quiet >= Self.heartbeatInterval {
                    quiet = .zero
                    try await send(": still here\n\n")
                }
            case .over:
                if let text = frame.take() { try await send(text) }
                return
            }
        }
    }

    /// What the reader missed; answers the activity after which the stream goes on.
    private func catchUp(_ send: (String) async throws -> Void) async throws -> Int64 {
        var last = resumeAfter
        var frame = EventFrame(topics: topics)
        while last < end {
            let missed = try await activities.activities(after: last, limit: Self.missedPageMax)
            guard let newest = missed.last else { break }
            frame.add(missed)
            if let text = frame.take() { try await send(text) }
            last = newest.sequence
        }
        return last
    }

    /// Brings everything that happens into one queue; over when any source is.
    private func merge(into queue: AsyncStream<Happening>.Continuation) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // A reader so slow that the queue is full is cut off rather than shown a past with holes.
                for await batch in sealed { if case .dropped = queue.yield(.activities(batch)) { return } }
            }
            group.addTask {
                for await append in appended where topics.contains("run:\(append.runID)") {
                    if case .dropped = queue.yield(.metrics(append)) { return }
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    queue.yield(.tick)
                    // Cancellation wakes the sleeper early; the loop's condition ends it.
                    try? await Task.sleep(for: Self.frameInterval)
                }
            }
            await group.next()
            group.cancelAll()
        }
        queue.yield(.over)
        queue.finish()
    }
}

/// The events since the last frame, metrics of one run together.
struct EventFrame {
    private let topics: Set<String>
    private var text = ""
    private var points: [RunID: [Metric]] = [:]
    private var runs: [RunID] = []

    /// A frame for a reader of `topics`.
    init(topics: Set<String>) {
        self.topics = topics
    }

    /// Adds those of `activities` that the reader asked for.
    mutating func add(_ activities: [Activity]) {
        for activity in activities where !topics.isDisjoint(with: activity.topics) {
            var writer = JSONWriter()
            writer.activity(activity)
            text += "event: activity\nid: \(activity.sequence)\ndata: "
            text += String(decoding: writer.bytes, as: UTF8.self)
            text += "\n\n"
        }
    }

    /// Adds points of a run.
    mutating func add(_ append: MetricAppend) {
        if points[append.runID] == nil { runs.append(append.runID) }
        points[append.runID, default: []] += append.metrics
    }

    /// The frame's text; nil when there is nothing to tell. The next frame begins empty.
    mutating func take() -> String? {
        for id in runs { text += metrics(id, points[id] ?? []) }
        runs = []
        points = [:]
        defer { text = "" }
        return text.isEmpty ? nil : text
    }

    private func metrics(_ id: RunID, _ metrics: [Metric]) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("run_id", id.text)
            writer.name("points")
            writer.array { writer in for metric in metrics { writer.metric(metric) } }
        }
        return "event: metrics\ndata: \(String(decoding: writer.bytes, as: UTF8.self))\n\n"
    }
}
