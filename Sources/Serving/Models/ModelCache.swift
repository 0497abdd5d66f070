import Synchronization

/// The part of a ``ResultCache`` that has the answers of one model, and what was found there.
final class ModelCache: Sendable {
    /// What was found since the model was loaded.
    struct Counts: Sendable {
        /// Requests answered out of the cache.
        let hits: Int
        /// Requests that the model answered, for their answers were not there.
        let misses: Int
    }

    private let answers: ResultCache
    private let number: UInt64
    private let hits = Atomic(0)
    private let misses = Atomic(0)

    /// A part of `answers` for a model that has none yet.
    init(_ answers: ResultCache) {
        self.answers = answers
        number = answers.number()
    }

    /// What was found.
    var counts: Counts {
        Counts(hits: hits.load(ordering: .relaxed), misses: misses.load(ordering: .relaxed))
    }

    /// The key of `inputs`; nil for what is too large.
    func key(_ inputs: ModelInputs) -> ResultCache.Key? { answers.key(inputs, model: number) }

    /// The answer to `key`, marked as one that was kept; nil where there is none.
    func kept(for key: ResultCache.Key) -> ModelAnswer? {
        guard var answer = answers.answer(to: key) else { return nil }
        hits.wrappingAdd(1, ordering: .relaxed)
        answer.isKept = true
        return answer
    }

    /// Keeps `answer` to `key`, which was not there.
    func keep(_ answer: ModelAnswer, for key: ResultCache.Key) {
        misses.wrappingAdd(1, ordering: .relaxed)
        answers.keep(answer, for: key)
    }
}
