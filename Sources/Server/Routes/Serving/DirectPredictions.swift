import Hummingbird
import Ledger
import Serving

/// Predictions of models quick enough to be run where the request arrives: no task, no router, no middleware.
///
/// It takes the usual requests, whose answers are what ``PredictionRoutes`` would give, and leaves all others to it.
struct DirectPredictions: Sendable {
    let serving: ServingService
    let hostGuard: GuardMiddleware
    let metrics: RequestMetrics
    let contexts: RequestContexts
    /// Who sends a request that does not say it; nil where there is to be no such request.
    let anonymous: Actor?

    /// What becomes of the request of `head` and `body`.
    @Sendable func outcome(_ head: PlainHead, _ body: UnsafeRawBufferPointer) -> DirectOutcome {
        // Who sends a token must have it checked, right or wrong: that is done on the way through the router.
        guard let anonymous, let form = Self.form(head), head.header("authorization") == nil,
            hostGuard.isChangeAllowed(host: head.header("host"), origin: head.header("origin"))
        else { return .notMine }
        let start = ContinuousClock.now
        do {
            try serving.admit(anonymous.name)
            let read = try form.read(body, serving) { head.header($0) }
            let accepted = form.isInference ? head.header("accept-encoding") : nil
            guard let prediction = try serving.runAtOnce(read.call) else {
                let path = head.targetText
                return .task { await later(read, accepted, path, start) }
            }
            let written = read.written(prediction)
            metrics.count(status: 200, since: start)
            guard written.jsonBytes == nil, ContentCoding.answering(accepted, count: written.bytes.count) == nil else {
                return .task { Self.response(written, accepted) }
            }
            return .answered(json: written.bytes, requestIDs: written.requestIDs)
        } catch let asked as SemanticVersionAsked {
            let (body, path) = (Array(body), head.targetText)
            let timeout = head.header(ServingService.timeoutHeader)
            return .task { await later(asked, form, body, timeout, path, start) }
        } catch {
            let path = head.targetText
            return .task { failed(error, path, start) }
        }
    }

    private static func response(_ written: PredictionForm.Written, _ accepted: String?) -> Response {
        var response = PredictionRoutes.response(written, accepted: accepted)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.contentSecurityPolicy] = GuardMiddleware.policy
        return response
    }

    /// The same for a version that the registry must be asked for, which is known by its number then.
    private func later(
        _ asked: SemanticVersionAsked,
        _ form: PredictionForm,
        _ body: [UInt8],
        _ timeout: String?,
        _ path: String,
        _ start: ContinuousClock.Instant
    ) async -> Response {
        do {
            let version = try await serving.number(of: asked)
            let read = try body.withUnsafeBytes { body in
                try form.read(body, serving, version: version) { $0 == ServingService.timeoutHeader ? timeout : nil }
            }
            return await later(read, nil, path, start)
        } catch {
            return failed(error, path, start)
        }
    }

    private func later(
        _ read: PredictionForm.Read,
        _ accepted: String?,
        _ path: String,
        _ start: ContinuousClock.Instant
    ) async -> Response {
        do {
            let response = Self.response(read.written(try await serving.run(read.call)), accepted)
            metrics.count(status: 200, since: start)
            return response
        } catch {
            return failed(error, path, start)
        }
    }

    private func failed(_ error: any Error, _ path: String, _ start: ContinuousClock.Instant) -> Response {
        let source = contexts.next()
        let asked = ErrorAnswer.Asked(method: "POST", path: path)
        let response = ErrorAnswer.response(to: error, asked, source.number, source.logger)
        metrics.count(status: response.status.code, since: start)
        return response
    }

    /// The form of a usual request: JSON, and a path without escapes.
    private static func form(_ head: PlainHead) -> PredictionForm? {
        if let endpoint = head.part(after: "/v2/models/", before: "/infer") {
            guard head.header("content-encoding") == nil, head.header("inference-header-content-length") == nil
            else { return nil }
            return .inference(endpoint: endpoint, version: nil, jsonBytes: nil)
        }
        let invoked = head.part(after: "/endpoints/", before: "/invocations")
        if invoked != nil || head.isFor("/invocations") {
            guard head.header("content-type") == "application/json" else { return nil }
            return .invocation(isCSV: false, endpoint: invoked ?? head.header("x-martlet-endpoint"))
        }
        if head.isFor("/predict") { return .one(model: nil) }
        if head.isFor("/predict/batch") { return .many }
        return head.part(after: "/api/v1/mlflow/serve/", before: "").map { .one(model: $0) }
    }
}
