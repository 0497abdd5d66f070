import Kernel

extension MartletClient {
    private static let webhooks = "/api/v1/webhooks"
    private static let webhooksPageMax = "1000"

    /// All webhooks, newest first.
    package func webhooks() -> Pages<Webhook> {
        Pages("webhooks") { token throws(ClientError) in
            try await get(Self.webhooks, [("limit", Self.webhooksPageMax), ("page_token", token)])
        }
    }

    /// The webhook of that id; else, when there is none, the one of that name.
    ///
    /// - Throws: ``ClientError``, of kind `usage` when several have the name.
    package func webhook(_ idOrName: String) async throws(ClientError) -> Webhook {
        if idOrName.utf8.count == 32, idOrName.allSatisfy(\.isHexDigit) {
            do {
                return Webhook(try await get(Self.place(ofWebhook: idOrName)))
            } catch {
                // Such characters may be a name as well.
                guard error.kind == .notFound else { throw error }
            }
        }
        var found: [Webhook] = []
        var all = webhooks().makeAsyncIterator()
        while let webhook = try await all.next() {
            if webhook.name == idOrName { found.append(webhook) }
        }
        guard let webhook = found.first else {
            throw ClientError(
                .notFound,
                "There is no webhook '\(idOrName)'.",
                remedy: "'martlet webhooks list' shows those that there are."
            )
        }
        guard found.count == 1 else {
            let ids = found.map(\.id).joined(separator: ", ")
            throw ClientError(
                .usage,
                "\(found.count) webhooks are called '\(idOrName)'.",
                remedy: "Say which by its id: \(ids)."
            )
        }
        return webhook
    }

    /// What a webhook can be told of, by name.
    package func webhookEvents() -> Pages<WebhookEvent> {
        Pages("events") { _ throws(ClientError) in try await get(Self.webhooks + "/events") }
    }

    /// Makes a webhook.
    ///
    /// - Throws: ``ClientError``; the server refuses an address to which webhooks may not lead.
    package func createWebhook(_ fields: WebhookFields) async throws(ClientError) -> Webhook {
        Webhook(try await send(Self.webhooks, fields.body))
    }

    /// Changes what `fields` say; the webhook as it is then.
    ///
    /// - Throws: ``ClientError``, as ``createWebhook(_:)``.
    package func updateWebhook(_ id: String, _ fields: WebhookFields) async throws(ClientError) -> Webhook {
        Webhook(try await send(Self.place(ofWebhook: id), fields.body, method: .patch))
    }

    /// Deletes a webhook with the notices that it did not get yet.
    ///
    /// - Throws: ``ClientError``.
    package func deleteWebhook(_ id: String) async throws(ClientError) {
        _ = try await send(Self.place(ofWebhook: id), [:], method: .delete)
    }

    /// Has the server send an example of `event`, else of the webhook's first event, and wait for the answer.
    ///
    /// - Throws: ``ClientError``; that the receiver refused is no failure.
    package func testWebhook(_ id: String, event: String? = nil) async throws(ClientError) -> WebhookTestResult {
        WebhookTestResult(try await send(Self.place(ofWebhook: id) + "/test", ["event": .optional(event)]))
    }

    /// What was sent, or is to be sent, to a webhook, newest first; of one state when it is given.
    package func deliveries(ofWebhook id: String, state: String? = nil) -> Pages<WebhookDelivery> {
        Pages("deliveries") { token throws(ClientError) in
            try await get(
                Self.place(ofWebhook: id) + "/deliveries",
                [("state", state), ("limit", Self.webhooksPageMax), ("page_token", token)]
            )
        }
    }

    /// Has a delivery sent once more, whatever became of it.
    ///
    /// - Throws: ``ClientError``.
    package func retryDelivery(_ delivery: String, ofWebhook id: String) async throws(ClientError) {
        let path = Self.place(ofWebhook: id) + "/deliveries/\(PercentEncoding.encode(delivery))/retry"
        _ = try await send(path, [:])
    }

    private static func place(ofWebhook id: String) -> String { webhooks + "/" + PercentEncoding.encode(id) }
}
