import Hummingbird
import Ledger
import NIOCore
import NIOHTTP1
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
    @Sendable func outcome(_ head: HTTPRequestHead, _ body: ByteBuffer) -> DirectOutcome {
        // Who sends a token must have it checked, right or wrong: that is done on the way through the router.
        guard head.method == .POST, let anonymous, let form = Self.form(head),
            !head.headers.contains(name: "authorization"), head.headers["host"].count < 2,
            hostGuard.isChangeAllowed(
                host: head.headers.first(name: "host"),
                origin: head.headers.first(name: "origin")
            )
        else { return .notMine }
        let start = ContinuousClock.now
        do {
            try serving.admit(anonymous.name)
            let read = try body.withUnsafeReadableBytes { bytes in
                try form.read(bytes, serving) { head.headers.first(name: $0) }
            }
            let accepted = form.isInference ? head.headers.first(name: "accept-encoding") : nil
            guard let prediction = try serving.runAtOnce(read.call) else {
                return .task { await later(read, accepted, head.uri, start) }
            }
            let written = read.written(prediction)
            metrics.count(status: 200, since: start)
            if ContentCoding.answering(accepted, count: written.bytes.count) != nil {
                return .task { Self.response(written, accepted) }
            }
            return .answered(DirectAnswer(contentType: "application/json", written.bytes))
        } catch is SemanticVersionAsked {
            return .notMine
        } catch {
            return .task { failed(error, head.uri, start) }
        }
    }

    private static func response(_ written: PredictionForm.Written, _ accepted: String?) -> Response {
        var response = PredictionRoutes.response(written, accepted: accepted)
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
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
    private static func form(_ head: HTTPRequestHead) -> PredictionForm? {
        switch head.uri {
        case "/predict": return .one(model: nil)
        case "/predict/batch": return .many
        case "/invocations":
            let isUsual = head.headers.first(name: "content-type") == "application/json"
            let endpoints = head.headers["x-martlet-endpoint"]
            guard isUsual, endpoints.count <= 1 else { return nil }
            return .invocation(isCSV: false, endpoint: endpoints.first)
        default:
            guard let endpoint = endpoint(head.uri), !head.headers.contains(name: "content-encoding"),
                !head.headers.contains(name: "inference-header-content-length")
            else { return nil }
            return .inference(endpoint: endpoint, version: nil, jsonBytes: nil)
        }
    }

    /// The endpoint in `/v2/models/{endpoint}/infer`.
    private static func endpoint(_ uri: String) -> String? {
        let prefix = "/v2/models/"
        let suffix = "/infer"
        guard uri.hasPrefix(prefix), uri.hasSuffix(suffix), uri.utf8.count > prefix.utf8.count + suffix.utf8.count
        else { return nil }
        let name = uri.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
        let isPlain = name.allSatisfy { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "?") }
        return isPlain ? String(Substring(name)) : nil
    }
}
