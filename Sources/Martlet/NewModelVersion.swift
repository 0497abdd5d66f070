package import Kernel

/// A version to be registered.
package struct NewModelVersion: Sendable {
    /// The model that it is a version of.
    package var model: String
    /// Where its files are: a URI.
    package var source: String
    /// The run that made it.
    package var run: String?
    /// What is new in it.
    package var description: String?
    /// Its tags.
    package var tags: [(String, String)] = []
    /// What is told of it beyond its files, by name in the API; nil when nothing is.
    package var document: JSONObject?

    /// The next version of `model`, made of the files at `source`.
    package init(of model: String, source: String) {
        self.model = model
        self.source = source
    }

    var body: JSONObject {
        [
            "name": .string(model), "source": .string(source), "run_id": .optional(run),
            "description": .optional(description), "tags": .tags(tags),
        ]
    }

    /// The version and its document as Martlet's own registry takes them.
    var registration: JSONObject {
        var body = document ?? [:]
        // Who registers a version calls so what is its semantic version later on.
        body["version"] = body["semantic_version"]
        body["semantic_version"] = nil
        body["name"] = .string(model)
        body["artifact_uri"] = .string(source)
        if let run { body["run_id"] = .string(run) }
        body["description"] = .optional(description)
        body["tags"] = .tags(tags)
        return body
    }
}
