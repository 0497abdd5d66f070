/// Who has which connection, and what waits for one. Pure: the caller does what the answers say.
struct ConnectionLine<Connection, Job> {
    /// What becomes of a job that was handed in.
    enum Admission {
        /// It runs at once on this connection.
        case runs(Connection)
        /// It waits for a connection to come free.
        case waits
        /// As many wait as may: it is refused.
        case full
        /// No more jobs are taken.
        case closed
    }

    private var idle: [Connection]
    private var waiting: ArraySlice<Job> = []
    private var busyCount = 0
    private var isClosed = false
    private let depthMax: Int

    /// All of `connections` free and nothing waiting; at most `depthMax` jobs wait, more are refused.
    init(_ connections: [Connection], depthMax: Int) {
        idle = connections
        self.depthMax = depthMax
    }

    mutating func admit(_ job: Job) -> Admission {
        guard !isClosed else { return .closed }
        // The last one back is the one whose caches are warm.
        if let connection = idle.popLast() {
            busyCount += 1
            return .runs(connection)
        }
        guard waiting.count < depthMax else { return .full }
        waiting.append(job)
        return .waits
    }

    /// The job that `connection` runs next; nil when none waits, from when on it is free.
    mutating func next(on connection: Connection) -> Job? {
        if let job = waiting.popFirst() { return job }
        busyCount -= 1
        idle.append(connection)
        return nil
    }

    /// Refuses jobs from now on; those that wait still run.
    mutating func close() {
        isClosed = true
    }

    /// Whether nothing runs and nothing waits.
    var isQuiet: Bool { busyCount == 0 }
}
