import Kernel
import Ledger
import TestSupport
import Testing

@testable import Webhooks

@Suite("A change is told to webhooks")
struct WebhookNoticeTests {
    private static let model = Subject("registered_model", "m")
    private static let version = Subject("model_version", "a/b/3")

    /// What is sent for one activity to a webhook of `event`: the members entity, action and data.
    private func data(_ action: String, _ subject: Subject, _ details: JSONObject, as event: String) async throws
        -> [String]
    {
        var sent: [String] = []
        try await withWebhooks(.sqlite) { world in
            let webhook = try await world.make(url: "http://127.0.0.1:9/", events: [event])
            try await world.happen(action, subject, details)
            for delivery in try await world.told(webhook.id) {
                let body = try JSON.parse(delivery.body.utf8).objectValue
                // The webhook of all events is told of its own making first.
                guard body?["entity"] != "webhook" else { continue }
                #expect(body?["actor"] == "ada" && body?["sequence"] == 2)
                #expect(body?["timestamp"]?.stringValue == world.clock.now().iso8601)
                let name = [body?["entity"], body?["action"]].compactMap { $0?.stringValue }.joined(separator: ".")
                sent.append(name + " " + (body?["data"]?.canonicalText ?? ""))
            }
        }
        return sent
    }

    @Test("as MLflow tells it")
    func mlflow() async throws {
        let tags: JSON = ["k": "v"]
        #expect(
            try await data("registered_model.created", Self.model, ["tags": tags], as: "registered_model.created")
                == [#"registered_model.created {"description":"","name":"m","tags":{"k":"v"}}"#]
        )
        #expect(
            try await data(
                "model_version.created",
                Self.version,
                ["source": "s", "run_id": "r", "tags": tags, "description": "d", "pin": "none"],
                as: "model_version.created"
            ) == [
                #"model_version.created {"description":"d","name":"a/b","run_id":"r","source":"s","tags":{"k":"v"},"version":"3"}"#
            ]
        )
        #expect(
            try await data(
                "model_version.updated",
                Self.version,
                ["tag_set": "k", "value": "v"],
                as: "model_version_tag.set"
            ) == [#"model_version_tag.set {"key":"k","name":"a/b","value":"v","version":"3"}"#]
        )
        #expect(
            try await data("model_version.updated", Self.version, ["tag_deleted": "k"], as: "model_version_tag.deleted")
                == [#"model_version_tag.deleted {"key":"k","name":"a/b","version":"3"}"#]
        )
        #expect(
            try await data("model_version.alias_set", Self.version, ["alias": "x"], as: "model_version_alias.created")
                == [#"model_version_alias.created {"alias":"x","name":"a/b","version":"3"}"#]
        )
        #expect(
            try await data(
                "model_version.alias_deleted",
                Self.version,
                ["alias": "x"],
                as: "model_version_alias.deleted"
            ) == [#"model_version_alias.deleted {"alias":"x","name":"a/b"}"#]
        )
    }

    @Test("as of a prompt where it is one, and not as of a model")
    func prompts() async throws {
        let tags: JSON = ["mlflow.prompt.is_prompt": "true", "mlflow.prompt.text": "Hi {{n}}", "own": "1"]
        let details: JSONObject = ["prompt": true, "tags": tags, "source": "dummy-source"]
        #expect(
            try await data("model_version.created", Self.version, details, as: "prompt_version.created") == [
                #"prompt_version.created {"description":null,"name":"a/b","tags":{"own":"1"},"template":"Hi {{n}}","version":"3"}"#
            ]
        )
        #expect(try await data("model_version.created", Self.version, details, as: "model_version.created").isEmpty)
        #expect(
            try await data(
                "registered_model.updated",
                Self.model,
                ["prompt": true, "tag_set": "k", "value": "v"],
                as: "prompt_tag.set"
            ) == [#"prompt_tag.set {"key":"k","name":"m","value":"v"}"#]
        )
    }

    @Test("as Martlet's own event, and once to a webhook of all events")
    func own() async throws {
        let details: JSONObject = ["from": "None", "to": "Production"]
        let text =
            #"model_version.transitioned {"details":{"from":"None","to":"Production"},"subject":{"id":"a/b/3","kind":"model_version"}}"#
        for event in ["model_version.transitioned", "*"] {
            #expect(try await data("model_version.transitioned", Self.version, details, as: event) == [text])
        }
        #expect(
            try await data("model_version.alias_set", Self.version, ["alias": "x"], as: "*") == [
                #"model_version.alias_set {"details":{"alias":"x"},"subject":{"id":"a/b/3","kind":"model_version"}}"#
            ]
        )
        #expect(try await data("run.created", Subject("run", "r"), [:], as: "run.deleted").isEmpty)
    }
}
