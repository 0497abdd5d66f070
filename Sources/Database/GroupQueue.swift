/// Bodies waiting for the one writer, taken a group at a time. Pure: the caller does what the answers say.
struct GroupQueue<Body> {
    /// What becomes of a body that was handed in.
    enum Admission: Equatable {
        /// It waits, and the writer must be woken: it is idle.
        case wakeWriter
        /// It waits for the writer, which comes by itself.
        case waits
        /// As many wait as may: it is refused.
        case full
        /// The queue takes no more.
        case closed
    }

    private var waiting: [Body] = []
    private var isWriting = false
    private(set) var isClosed = false
    private let depthMax: Int

    /// An empty queue of at most `depthMax` bodies beside the group being written; more are refused.
    init(depthMax: Int) {
        precondition(depthMax > 0)
        self.depthMax = depthMax
    }

    mutating func admit(_ body: Body) -> Admission {
        guard !isClosed else { return .closed }
        guard waiting.count < depthMax else { return .full }
        waiting.append(body)
        if isWriting { return .waits }
        isWriting = true
        return .wakeWriter
    }

    /// All that wait now; nil when none do, from when on the writer is idle.
    ///
    /// Never fewer than wait, and never a wait for more: a body alone is a group.
    mutating func nextGroup() -> [Body]? {
        guard !waiting.isEmpty else {
            isWriting = false
            return nil
        }
        defer { waiting.removeAll(keepingCapacity: true) }
        return waiting
    }

    /// Refuses bodies from now on; those that wait are still written.
    mutating func close() {
        isClosed = true
    }
}
