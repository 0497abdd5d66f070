import Kernel
import Ledger

/// What is told of an activity under the name of one event.
struct WebhookNotice: Sendable {
    let event: WebhookEvent
    let data: JSON

    /// What `activity` is told as: under MLflow's names where MLflow has one, and under its own.
    ///
    /// The first is the one that a webhook for every change gets. What MLflow calls a prompt's event is none of a
    /// registered model, as there.
    static func all(of activity: Activity) -> [WebhookNotice] {
        let theirs = mlflow(activity)
        guard let own = WebhookEvent(activity: activity.action) else { return theirs.map { [$0] } ?? [] }
        if let theirs, theirs.event == own || theirs.event.entity.hasPrefix("prompt") { return [theirs] }
        let subject: JSONObject = ["kind": .string(activity.subject.kind), "id": .string(activity.subject.id)]
        let data: JSONObject = ["subject": .object(subject), "details": .object(activity.details)]
        return [WebhookNotice(event: own, data: .object(data))] + (theirs.map { [$0] } ?? [])
    }

    /// The notices that go to a webhook of `events`; none when it is not told.
    static func chosen(from notices: [WebhookNotice], by events: Set<WebhookEvent>) -> [WebhookNotice] {
        if events.contains(.all) { return Array(notices.prefix(1)) }
        return notices.filter { events.contains($0.event) }
    }

    /// The text of a delivery: MLflow's four members, and who did it and its place in the audit trail.
    func body(by actor: Actor, at time: Timestamp, sequence: Int64) -> String {
        let body: JSONObject = [
            "entity": .string(event.entity),
            "action": .string(event.action),
            "timestamp": .string(time.iso8601),
            "data": data,
            "actor": .string(actor.name),
            "sequence": .integer(sequence),
        ]
        return JSON.object(body).text
    }

    private static func mlflow(_ activity: Activity) -> WebhookNotice? {
        let details = activity.details
        let isPrompt = details["prompt"] == true
        func notice(_ model: String, _ prompt: String, _ action: String, _ data: JSONObject) -> WebhookNotice {
            WebhookNotice(event: .mlflow(isPrompt ? prompt : model, action), data: .object(data))
        }
        switch activity.action {
        case "registered_model.created":
            return notice("registered_model", "prompt", "created", created(activity.subject.id, details))
        case "registered_model.updated":
            guard isPrompt else { return nil }
            return tag(details, ["name": .string(activity.subject.id)]).map { notice("", "prompt_tag", $0.0, $0.1) }
        case "model_version.created":
            return notice("model_version", "prompt_version", "created", versionCreated(activity, isPrompt))
        case "model_version.updated":
            return tag(details, version(activity)).map {
                notice("model_version_tag", "prompt_version_tag", $0.action, $0.data)
            }
        case "model_version.alias_set":
            let version = version(activity)
            let data: JSONObject = [
                "name": version["name"] ?? .null, "alias": details["alias"] ?? .null,
                "version": version["version"] ?? .null,
            ]
            return notice("model_version_alias", "prompt_alias", "created", data)
        case "model_version.alias_deleted":
            let data: JSONObject = ["name": version(activity)["name"] ?? .null, "alias": details["alias"] ?? .null]
            return notice("model_version_alias", "prompt_alias", "deleted", data)
        default:
            return nil
        }
    }

    /// `{"name": …, "version": …}` of the version that an activity is about.
    private static func version(_ activity: Activity) -> JSONObject {
        let id = activity.subject.id
        guard let slash = id.lastIndex(of: "/") else { return ["name": .string(id)] }
        return ["name": .string(String(id[..<slash])), "version": .string(String(id[id.index(after: slash)...]))]
    }

    private static func created(_ name: String, _ details: JSONObject) -> JSONObject {
        [
            "name": .string(name),
            "tags": .object(tags(details, without: details["prompt"] == true ? promptMarks : [])),
            "description": details["description"] ?? "",
        ]
    }

    private static func versionCreated(_ activity: Activity, _ isPrompt: Bool) -> JSONObject {
        let details = activity.details
        var data = version(activity)
        if isPrompt {
            data["template"] = details["tags"]?.objectValue?[promptText] ?? .null
            data["tags"] = .object(tags(details, without: promptMarks.union([promptText])))
        } else {
            data["source"] = details["source"] ?? .null
            data["run_id"] = details["run_id"] ?? .null
            data["tags"] = .object(tags(details, without: []))
        }
        data["description"] = details["description"] ?? .null
        return data
    }

    /// What was done to a tag, if it was one.
    private static func tag(_ details: JSONObject, _ subject: JSONObject) -> (action: String, data: JSONObject)? {
        var data = subject
        if let key = details["tag_set"] {
            data["key"] = key
            data["value"] = details["value"] ?? ""
            return ("set", data)
        }
        guard let key = details["tag_deleted"] else { return nil }
        data["key"] = key
        return ("deleted", data)
    }

    private static let promptText = "mlflow.prompt.text"
    private static let promptMarks: Set = ["mlflow.prompt.is_prompt", "_mlflow_prompt_type"]

    private static func tags(_ details: JSONObject, without left: Set<String>) -> JSONObject {
        let tags = details["tags"]?.objectValue?.members ?? []
        return JSONObject(tags.filter { !left.contains($0.name) }.map { ($0.name, $0.value) })
    }
}
