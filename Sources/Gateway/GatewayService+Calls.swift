import Database
import Kernel
import Outbound

/// Asking endpoints.
extension GatewayService {
    static let callsMax = 64
    private static let replyBytesMax = 16 << 20

    /// What a model of the endpoint called `name` answers: a JSON object, as the provider wrote it.
    ///
    /// When a model does not answer, the others are asked that the endpoint names for that. All of it takes no longer
    /// than ``answerSecondsMax``: a model after which there are others has half of what is left.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when there is no such endpoint; `REQUEST_LIMIT_EXCEEDED` when too many calls
    ///   go on, here or at the provider; `NOT_IMPLEMENTED` for a provider that speaks otherwise than OpenAI;
    ///   `INVALID_PARAMETER_VALUE`, `PERMISSION_DENIED`, `TEMPORARILY_UNAVAILABLE` and `DEADLINE_EXCEEDED` when the
    ///   provider refuses or does not answer; `RESOURCE_CONFLICT` when a model has no secret that opens.
    package func ask(_ name: String, _ question: GatewayQuestion) async throws -> String {
        let endpoint = try await endpoint(id: nil, name: name)
        let models = GatewayPlan.models(of: endpoint, chance: .random(in: 0..<1))
        guard !models.isEmpty else {
            throw MartletError(.resourceConflict, "Endpoint '\(name)' has no PRIMARY models configured")
        }
        guard let answer = try await calls.run({ try await ask(models, question) }) else {
            throw MartletError(.requestLimitExceeded, "\(Self.callsMax) calls of the gateway go on. Ask again later.")
        }
        return answer
    }

    /// What the first of the models answers that does.
    private func ask(_ models: [GatewayModel], _ question: GatewayQuestion) async throws -> String {
        let limit = TimeLimit(seconds: answerSecondsMax)
        var failure: MartletError?
        for (index, model) in models.enumerated() {
            let left = limit.secondsLeft
            guard left > 0 else { break }
            do {
                return try await ask(model, question, seconds: index + 1 < models.count ? max(1, left / 2) : left)
            } catch let error as MartletError {
                failure = error
            }
        }
        throw failure ?? MartletError(.internalError, "No model was asked.")
    }

    private func ask(_ model: GatewayModel, _ question: GatewayQuestion, seconds: Int64) async throws -> String {
        let access = try await access(to: model)
        let reply: OutboundHTTP.Reply
        do {
            reply = try await http.ask(
                OutboundRequest(
                    .post,
                    access.address + question.path,
                    headers: [("Authorization", "Bearer \(access.key)"), ("Content-Type", "application/json")],
                    body: question.text(asking: model.modelName),
                    timeoutSeconds: seconds,
                    replyBytesMax: Self.replyBytesMax
                )
            )
        } catch is CancellationError {
            throw CancellationError()
        } catch OutboundError.timeout(let seconds) {
            throw MartletError(.deadlineExceeded, "The provider of '\(model.name)' did not answer within \(seconds) s.")
        } catch OutboundError.badHeader {
            throw MartletError(
                .resourceConflict,
                "The 'api_key' of '\(model.name)' holds control characters, such as a line break. Set it anew."
            )
        } catch let error as OutboundError {
            throw MartletError(
                .temporarilyUnavailable,
                "The address of the provider of '\(model.name)' \(error.reason)."
            )
        } catch {
            throw MartletError(
                .temporarilyUnavailable,
                "The provider of '\(model.name)' can't be reached.",
                cause: error
            )
        }
        return try Self.answer(reply, of: model, hiding: access.key)
    }

    private static func answer(_ reply: OutboundHTTP.Reply, of model: GatewayModel, hiding key: String) throws -> String
    {
        let body = reply.isWhole ? try? JSON.parse(reply.body.utf8).objectValue : nil
        switch reply.status {
        case 200..<300:
            guard body != nil else {
                throw MartletError(.temporarilyUnavailable, "The provider of '\(model.name)' answered no JSON object.")
            }
            return reply.body
        // What a provider says of a key that it does not know may tell of the key.
        case 401, 403:
            throw MartletError(.permissionDenied, "The provider of '\(model.name)' does not accept the secret.")
        case 429:
            throw MartletError(.requestLimitExceeded, "The provider of '\(model.name)' has too many requests.")
        case 400..<500:
            let said = body?["error"]?.objectValue?["message"]?.stringValue ?? "status \(reply.status)"
            let shown = key.isEmpty ? said : said.replacing(key, with: GatewaySecret.masked(key))
            throw GatewayRules.invalid("The provider of '\(model.name)' refuses: \(shown.prefix(1000))")
        default:
            throw MartletError(
                .temporarilyUnavailable,
                "The provider of '\(model.name)' answered with status \(reply.status)."
            )
        }
    }

    /// The address and the key with which a model is asked.
    private func access(to model: GatewayModel) async throws -> (address: String, key: String) {
        guard !GatewayProviders.speakingOtherwise.contains(model.provider) else {
            throw MartletError(
                .notImplemented,
                "The provider '\(model.provider)' of '\(model.name)' speaks otherwise than OpenAI, and can't be asked."
            )
        }
        let secret = try await database.read { connection in
            try model.secretID.flatMap { try GatewaySecretStore.find($0, on: connection) }
        }
        guard let secret, let values = secrets.open(secret.values).flatMap({ try? GatewayTexts.texts($0) }),
            let key = values["api_key"]
        else {
            throw MartletError(
                .resourceConflict,
                "'\(model.name)' has no secret with an 'api_key', or none that opens under this server's key."
            )
        }
        guard let address = secret.settings[GatewayRules.address] ?? GatewayProviders.addresses[model.provider] else {
            throw MartletError(
                .resourceConflict,
                "The secret of '\(model.name)' names no address: set '\(GatewayRules.address)' in its auth_config."
            )
        }
        return (address.hasSuffix("/") ? String(address.dropLast()) : address, key)
    }
}
