import Inference
import Synchronization

/// Answers that models gave, by the bytes of what they were asked; of bounded size.
///
/// Answers are in two generations. What is asked for moves into the younger one, and when that is full the older is let
/// go: what was asked for lately stays, at a cost that does not depend on how much there is.
package final class ResultCache: Sendable {
    /// What the cache has done since the server started.
    package struct Counts: Sendable, Hashable {
        /// Answers given out of it.
        package fileprivate(set) var hits: UInt64 = 0
        /// Answers that it did not have, and keeps now.
        package fileprivate(set) var misses: UInt64 = 0
        /// The bytes that it holds, about.
        package fileprivate(set) var bytes = 0
    }

    /// What a model was asked, bit by bit: 0 and -0 differ, and a NaN is itself.
    struct Key: Hashable, Sendable {
        fileprivate let model: UInt64
        fileprivate let bytes: [UInt8]
    }

    private struct Entry {
        let answer: ModelAnswer
        let size: Int
    }

    private struct State {
        var young: [Key: Entry] = [:]
        var old: [Key: Entry] = [:]
        var youngBytes = 0
        var oldBytes = 0
        var models: UInt64 = 0
        var counts = Counts()
    }

    /// Larger questions and answers are not kept.
    private static let entryBytesMax = 64 << 10
    /// What an entry takes beside its bytes, about.
    private static let entryBytes = 400

    private let bytesMax: Int
    private let state = Mutex(State())

    /// An empty cache of at most so many bytes; one of 0 keeps nothing.
    package init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// What the cache has done.
    package var counts: Counts {
        state.withLock { state in
            var counts = state.counts
            counts.bytes = state.youngBytes + state.oldBytes
            return counts
        }
    }

    /// A number for a model, unlike that of any other.
    func number() -> UInt64 {
        state.withLock { state in
            state.models += 1
            return state.models
        }
    }

    /// The key of `inputs` to the model numbered `model`; nil for what is too large.
    func key(_ inputs: ModelInputs, model: UInt64) -> Key? {
        guard bytesMax > 0 else { return nil }
        var bytes: [UInt8] = []
        if let document = inputs.document {
            guard document.body.count <= Self.entryBytesMax else { return nil }
            bytes = [document.isCSV ? 2 : 1] + document.body
        } else {
            // A string takes more than a byte; what it takes is known afterwards.
            guard inputs.tensors.reduce(0, { $0 + $1.tensor.count }) <= Self.entryBytesMax else { return nil }
            bytes.reserveCapacity(256)
            for named in inputs.tensors {
                // Models have their inputs in an order; kind and shape say where the elements of one end.
                bytes.append(UInt8(truncatingIfNeeded: named.tensor.shape.count))
                bytes.append(UInt8(truncatingIfNeeded: named.tensor.elementType.rawValue))
                for length in named.tensor.shape { withUnsafeBytes(of: length) { bytes += $0 } }
                named.tensor.values.appendRaw(to: &bytes)
            }
        }
        return bytes.count <= Self.entryBytesMax ? Key(model: model, bytes: bytes) : nil
    }

    /// The answer to `key`; nil where there is none.
    func answer(to key: Key) -> ModelAnswer? {
        state.withLock { state in
            if let entry = state.young[key] {
                state.counts.hits += 1
                return entry.answer
            }
            guard let entry = state.old.removeValue(forKey: key) else { return nil }
            state.oldBytes -= entry.size
            state.counts.hits += 1
            keep(entry, for: key, &state)
            return entry.answer
        }
    }

    /// Keeps `answer` to `key`.
    func keep(_ answer: ModelAnswer, for key: Key) {
        let size = answer.sizeBytes + key.bytes.count + Self.entryBytes
        guard size <= Self.entryBytesMax else { return }
        state.withLock { state in
            state.counts.misses += 1
            keep(Entry(answer: answer, size: size), for: key, &state)
        }
    }

    private func keep(_ entry: Entry, for key: Key, _ state: inout State) {
        guard entry.size <= bytesMax / 2 else { return }
        if state.youngBytes + entry.size > bytesMax / 2 {
            state.old = state.young
            state.oldBytes = state.youngBytes
            state.young = [:]
            state.youngBytes = 0
        }
        if let former = state.young.updateValue(entry, forKey: key) { state.youngBytes -= former.size }
        state.youngBytes += entry.size
    }
}

extension ModelAnswer {
    /// The memory that it takes, about.
    fileprivate var sizeBytes: Int {
        outputs.reduce((document?.body.count ?? 0) + (document?.features.count ?? 0)) { sum, output in
            if case .string(let texts) = output.tensor.values {
                return texts.reduce(sum + 100) { $0 + 16 + $1.utf8.count }
            }
            return sum + 100 + output.tensor.count * 8
        }
    }
}
