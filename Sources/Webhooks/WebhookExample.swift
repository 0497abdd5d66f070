import Kernel

/// What a webhook is sent when somebody tries it.
enum WebhookExample {
    static func notice(of event: WebhookEvent) -> WebhookNotice {
        WebhookNotice(event: event, data: .object(data(event)))
    }

    private static func data(_ event: WebhookEvent) -> JSONObject {
        let tags: JSON = ["example_key": "example_value"]
        switch event.name {
        case "registered_model.created":
            return ["name": "example_model", "tags": tags, "description": "An example registered model"]
        case "model_version.created":
            return [
                "name": "example_model", "version": "1", "source": "models:/123", "run_id": "abcd1234abcd5678",
                "tags": tags, "description": "An example model version",
            ]
        case "model_version_tag.set":
            return ["name": "example_model", "version": "1", "key": "example_key", "value": "example_value"]
        case "model_version_tag.deleted": return ["name": "example_model", "version": "1", "key": "example_key"]
        case "model_version_alias.created":
            return ["name": "example_model", "alias": "example_alias", "version": "1"]
        case "model_version_alias.deleted": return ["name": "example_model", "alias": "example_alias"]
        case "prompt.created":
            return ["name": "example_prompt", "tags": tags, "description": "An example prompt"]
        case "prompt_version.created":
            return [
                "name": "example_prompt", "version": "1", "template": "Hello {{name}}!", "tags": tags,
                "description": "An example prompt version",
            ]
        case "prompt_tag.set": return ["name": "example_prompt", "key": "example_key", "value": "example_value"]
        case "prompt_tag.deleted": return ["name": "example_prompt", "key": "example_key"]
        case "prompt_version_tag.set":
            return ["name": "example_prompt", "version": "1", "key": "example_key", "value": "example_value"]
        case "prompt_version_tag.deleted": return ["name": "example_prompt", "version": "1", "key": "example_key"]
        case "prompt_alias.created": return ["name": "example_prompt", "alias": "example_alias", "version": "1"]
        case "prompt_alias.deleted": return ["name": "example_prompt", "alias": "example_alias"]
        default: return ["subject": ["kind": .string(event.entity), "id": "example"], "details": [:]]
        }
    }
}
