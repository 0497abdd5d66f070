package import Inference
package import Kernel
import Synchronization

/// What an endpoint and its variants have done since the server started; it goes on counting when models are replaced.
package final class EndpointStatistics: Sendable {
    /// The numbers at one moment.
    package struct Snapshot: Sendable {
        /// Requests answered, rightly or with an error.
        package fileprivate(set) var requests: UInt64 = 0
        /// Those answered with an error.
        package fileprivate(set) var errors: UInt64 = 0
        /// Rows predicted.
        package fileprivate(set) var rows: UInt64 = 0
        /// When the newest of the requests answered rightly came.
        package fileprivate(set) var lastAnswered: Timestamp?
        /// Of requests answered rightly how many had so many rows, and how long they took together; of at most
        /// ``batchSizesMax`` numbers of rows, the first that came.
        package fileprivate(set) var batches: [Int: (count: UInt64, nanoseconds: UInt64)] = [:]
        /// From the whole body being there to the model's answer, of requests answered rightly.
        package fileprivate(set) var latency = LatencyHistogram()
        /// How often the contract has been broken.
        package internal(set) var violations = ContractViolations()
        /// The processes of its model; nil where it has none.
        package internal(set) var workers: WorkerStatistics?

        /// Nothing counted yet.
        package init() {}

        fileprivate mutating func recordAnswer(rows: Int, nanoseconds: UInt64, at time: Timestamp) {
            requests += 1
            self.rows += UInt64(rows)
            lastAnswered = time
            if let seen = batches[rows] {
                batches[rows] = (seen.count + 1, seen.nanoseconds &+ nanoseconds)
            } else if batches.count < EndpointStatistics.batchSizesMax {
                batches[rows] = (1, nanoseconds)
            }
            latency.record(nanoseconds: nanoseconds)
        }

        fileprivate mutating func recordError() {
            requests += 1
            errors += 1
        }
    }

    /// The most numbers of rows of which ``Snapshot/batches`` tells.
    static let batchSizesMax = 64

    /// Where a variant's numbers are kept, for as long as it is there.
    struct Place: Sendable, Hashable {
        fileprivate let index: Int
        fileprivate let generation: UInt64
    }

    private struct Slot {
        var generation: UInt64
        var isTaken: Bool
        var numbers = Snapshot()
    }

    private struct State {
        var whole = Snapshot()
        // As many as there were variants at once; a variant that goes leaves its slot to the next.
        var slots: [Slot] = []

        func holds(_ place: Place) -> Bool {
            place.index < slots.count && slots[place.index].generation == place.generation
        }
    }

    private let state = Mutex(State())

    /// Nothing counted yet.
    package init() {}

    /// The numbers now, of all variants that there ever were.
    package var snapshot: Snapshot { state.withLock { $0.whole } }

    /// A place for a variant, with nothing counted.
    func open() -> Place {
        state.withLock { state in
            if let index = state.slots.firstIndex(where: { !$0.isTaken }) {
                let generation = state.slots[index].generation + 1
                state.slots[index] = Slot(generation: generation, isTaken: true)
                return Place(index: index, generation: generation)
            }
            state.slots.append(Slot(generation: 1, isTaken: true))
            return Place(index: state.slots.count - 1, generation: 1)
        }
    }

    /// Gives a place back; what is still counted there is lost.
    func close(_ place: Place) {
        state.withLock { state in
            guard state.holds(place) else { return }
            state.slots[place.index].isTaken = false
        }
    }

    /// The numbers of one variant now; nothing when its place was given back.
    func snapshot(of place: Place) -> Snapshot {
        state.withLock { $0.holds(place) ? $0.slots[place.index].numbers : Snapshot() }
    }

    /// Counts a request of `rows` that came at `time` and was answered after `nanoseconds`; with `isCopy` for the
    /// variant alone.
    func recordAnswer(at place: Place, rows: Int, nanoseconds: UInt64, of time: Timestamp, isCopy: Bool = false) {
        state.withLock { state in
            if !isCopy { state.whole.recordAnswer(rows: rows, nanoseconds: nanoseconds, at: time) }
            guard state.holds(place) else { return }
            state.slots[place.index].numbers.recordAnswer(rows: rows, nanoseconds: nanoseconds, at: time)
        }
    }

    /// Counts a request that was answered with an error; with `isCopy` for the variant alone.
    func recordError(at place: Place, isCopy: Bool = false) {
        state.withLock { state in
            if !isCopy { state.whole.recordError() }
            guard state.holds(place) else { return }
            state.slots[place.index].numbers.recordError()
        }
    }

    /// Counts a request that broke the contract; with `isCopy` for the variant alone.
    func record(_ violation: ContractViolations.Kind, at place: Place, isCopy: Bool = false) {
        state.withLock { state in
            if !isCopy { state.whole.violations.add(violation) }
            guard state.holds(place) else { return }
            state.slots[place.index].numbers.violations.add(violation)
        }
    }
}
