import Inference

extension BatchingSession {
    /// What the model, which is quick, answers on the calling thread; asked again for up to a minute, since a run whose
    /// thread is interrupted may be given up, and the model rest.
    func runAtOnceInTheEnd(_ tensors: [NamedTensor], rows: Int) async throws -> [NamedTensor]? {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if let answer = try runAtOnce(tensors, rows: rows) { return answer }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }
}
