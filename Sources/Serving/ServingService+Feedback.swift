import Database
import Kernel

extension ServingService {
    /// The most that one call may tell.
    package static let feedbackMax = 10_000
    private static let idsPerQuery = 1_000

    /// Joins feedback to the predictions that it is about, and counts it where their variants are compared.
    ///
    /// A value or a truth that is told again replaces the one before in the log; a comparison counts the first alone.
    /// Feedback on what is not in the log is left.
    /// - Parameter feedback: at most ``feedbackMax``; of two on one prediction the later counts.
    /// - Returns: what was found, and what was not.
    /// - Throws: ``DatabaseError``.
    package func take(_ feedback: [Feedback]) async throws -> FeedbackReceipt {
        precondition(feedback.count <= Self.feedbackMax, "feedback is bounded")
        try await log.flush()
        let byID = Dictionary(feedback.map { ($0.requestID, $0) }) { _, later in later }
        let ids = byID.keys.sorted()
        let now = clock.now()
        var found: [PredictionRecord] = []
        for first in stride(from: 0, to: ids.count, by: Self.idsPerQuery) {
            let part = Array(ids[first..<min(ids.count, first + Self.idsPerQuery)])
            let records = try await log.kept().write { connection in
                let records = try FeedbackStore.predictions(part, on: connection)
                try FeedbackStore.save(records.compactMap { byID[$0.requestID] }, at: now, on: connection)
                return records
            }
            for record in records { byID[record.requestID].map { count($0, on: record) } }
            found += records
        }
        let known = Set(found.map(\.requestID))
        return FeedbackReceipt(
            received: feedback.count,
            matched: found.count,
            unknown: Array(ids.filter { !known.contains($0) }.prefix(100))
        )
    }

    /// Counts `feedback` on `record`, the prediction as it was before, where its variants are being compared.
    private func count(_ feedback: Feedback, on record: PredictionRecord) {
        guard record.isDrawn, record.shadowOf == nil, record.status == 200, let policyVersion = record.policyVersion,
            let served = routes[record.endpoint], let rollout = served.rollout,
            // An endpoint of the same name may have been there before, and have counted from 1 as well.
            !(record.at < rollout.startedAt),
            let index = served.endpoint.variants.firstIndex(where: { $0.name == record.variant }), index < 2
        else { return }
        let isNew = record.groundTruth == nil
        let truth = isNew ? feedback.groundTruth : nil
        let prediction = truth == nil ? nil : try? JSON.parse(record.prediction.utf8)
        let judged = JudgedFeedback(
            value: record.metricValue == nil ? feedback.value : nil,
            outcomes: truth.map { PredictionOutcome.outcomes(prediction: prediction ?? .null, truth: $0) } ?? []
        )
        rollout.recordFeedback(judged, policyVersion: policyVersion, isCurrent: index == 1)
    }
}
