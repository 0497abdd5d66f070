import Kernel

extension MartletClient {
    private static let requests = "/api/v1/registry/transition-requests"
    private static let requestsPageMax = "1000"

    /// The transition requests, newest first; of one model, version or state when it is given.
    package func transitionRequests(
        model: String? = nil,
        version: String? = nil,
        state: String? = nil
    ) -> Pages<TransitionRequest> {
        Pages("transition_requests") { token throws(ClientError) in
            try await get(
                Self.requests,
                [
                    ("model_name", model), ("version", version), ("state", state), ("limit", Self.requestsPageMax),
                    ("page_token", token),
                ]
            )
        }
    }

    /// The transition request of that id.
    ///
    /// - Throws: ``ClientError``.
    package func transitionRequest(_ id: String) async throws(ClientError) -> TransitionRequest {
        TransitionRequest(try await get(Self.place(of: id)))
    }

    /// Asks for a version to be moved to another stage.
    ///
    /// - Throws: ``ClientError``; the server refuses what is asked for already.
    package func requestTransition(_ new: NewTransitionRequest) async throws(ClientError) -> TransitionRequest {
        TransitionRequest(try await send(Self.requests, new.body))
    }

    /// Approves a request, and so moves the version; the request as it is then.
    ///
    /// The checklist is the request's, the whole of it, as far as it is done now; absent when it is as it was.
    ///
    /// - Throws: ``ClientError``; the server refuses the one who asked, and while the checklist is not done.
    package func approveTransition(
        _ id: String,
        checklist: [TransitionRequest.ChecklistItem]? = nil,
        comment: String? = nil
    ) async throws(ClientError) -> TransitionRequest {
        let body: JSONObject = [
            "checklist": checklist.map { .array($0.map(\.json)) } ?? .null, "comment": .optional(comment),
        ]
        return TransitionRequest(try await send(Self.place(of: id) + "/approve", body))
    }

    /// Rejects a request; who made it takes it back so.
    ///
    /// - Throws: ``ClientError``; the server refuses when it is decided.
    package func rejectTransition(
        _ id: String,
        comment: String? = nil
    ) async throws(ClientError) -> TransitionRequest {
        TransitionRequest(try await send(Self.place(of: id) + "/reject", ["comment": .optional(comment)]))
    }

    /// Says something about a request, decided or not.
    ///
    /// - Throws: ``ClientError``.
    package func commentOnTransition(_ id: String, _ text: String) async throws(ClientError) -> TransitionRequest {
        TransitionRequest(try await send(Self.place(of: id) + "/comments", ["text": .string(text)]))
    }

    /// Lets the stages of a model's versions change by approved requests alone, or wishes that lifted: it is when
    /// somebody else wishes the same.
    ///
    /// - Throws: ``ClientError``; the server refuses the one whose wish waits already.
    package func setProtection(of model: String, _ isProtected: Bool) async throws(ClientError) -> Protection {
        let body: JSONObject = ["protected": .boolean(isProtected)]
        return Protection(try await send(Self.protectionPath(of: model), body, method: .put))
    }

    /// Whether the stages of a model's versions change by approved requests alone; nil where the server that keeps the
    /// model knows no protection, as MLflow's.
    ///
    /// - Throws: ``ClientError``.
    package func protection(of model: String) async throws(ClientError) -> Protection? {
        let answer = try await unlessUnknown { () throws(ClientError) in try await get(Self.protectionPath(of: model)) }
        return answer.map { Protection($0) }
    }

    private static func protectionPath(of model: String) -> String {
        "/api/v1/registry/models/\(PercentEncoding.encode(model))/protection"
    }

    private static func place(of id: String) -> String { requests + "/" + PercentEncoding.encode(id) }
}
